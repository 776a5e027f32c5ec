using System.Text.Json;
using System.Text.Unicode;
using Alignment.Hosting.Options;
using Alignment.Models.Json;
using Microsoft.Extensions.Configuration.Json;

namespace Alignment.Server.Configuration;

/// <summary>
/// Where the configuration comes from, and what the merged one no longer shows: names at its top that nothing would read, by the place
/// where they were written.
/// </summary>
internal static class ConfigurationSources
{
    /// <summary>The host's builder over appsettings.json, the environment and the arguments.</summary>
    /// <param name="arguments">Count most.</param>
    /// <param name="readsFiles">Whether appsettings.json counts.</param>
    /// <exception cref="InvalidConfigurationException">
    /// A file is malformed or cannot be read, or the folder that should have it is not there.
    /// </exception>
    public static WebApplicationBuilder CreateBuilder(string[] arguments, bool readsFiles)
    {
        try
        {
            WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions
            {
                Args = arguments,
                ContentRootPath = ContentRoot(arguments) ?? AppContext.BaseDirectory,
            });
            JsonConfigurationSource[] files = [.. builder.Configuration.Sources.OfType<JsonConfigurationSource>()];
            Array.ForEach(readsFiles ? [] : files, file => builder.Configuration.Sources.Remove(file));
            return builder;
        }
        catch (InvalidDataException fault)
        {
            throw new InvalidConfigurationException([Malformed(fault)]);
        }
        catch (DirectoryNotFoundException)
        {
            throw new InvalidConfigurationException([$"{TopLevelKeys.ContentRoot}: there is no folder {ContentRoot(arguments)}"]);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidConfigurationException([fault.Message]);
        }
    }

    /// <summary>Notes names that nothing would read. What our own sections contain is their options' affair.</summary>
    public static void Check(
        IReadOnlyList<string> arguments,
        IConfigurationRoot configuration,
        IReadOnlyCollection<string> environment,
        ICollection<string> problems)
    {
        CommandLineArguments.Check(arguments, problems);
        EnvironmentNames.Check(environment, problems);
        foreach (JsonConfigurationProvider file in configuration.Providers.OfType<JsonConfigurationProvider>())
        {
            CheckFile(file, problems);
        }

        HostSections.Check(configuration, problems);
    }

    /// <summary>The host names the file in quotes, and repeats the parser's words.</summary>
    private static string Malformed(InvalidDataException fault)
    {
        string path = fault.Message[(fault.Message.IndexOf('\'') + 1)..Math.Max(fault.Message.LastIndexOf('\''), 0)];
        ReadOnlySpan<byte> text = File.Exists(path) ? File.ReadAllBytes(path) : [];
        string problem = fault.GetBaseException() is JsonException syntax
            ? $"JSON: {WrongSyntax.Of(text.StartsWith("\uFEFF"u8) ? text["\uFEFF"u8.Length..] : text, syntax)}"
            : fault.GetBaseException().Message;
        return $"{path}: {problem}";
    }

    /// <summary>What the host takes for a file that is not there, or reads with characters that nobody wrote.</summary>
    private static string? ProblemOfText(string? path) => path is null ? null
        : Directory.Exists(path) ? "is a folder"
        : File.Exists(path) && !Utf8.IsValid(File.ReadAllBytes(path)) ? "is not UTF-8"
        : null;

    /// <summary>Asked for before the host is built, which prefers the folder that it is given to one that the operator names.</summary>
    private static string? ContentRoot(string[] arguments) => new ConfigurationBuilder()
        .AddEnvironmentVariables("DOTNET_").AddEnvironmentVariables("ASPNETCORE_").AddCommandLine(arguments)
        .Build()[TopLevelKeys.ContentRoot];

    private static void CheckFile(JsonConfigurationProvider file, ICollection<string> problems)
    {
        if (ProblemOfText(file.Source.FileProvider?.GetFileInfo(file.Source.Path!).PhysicalPath) is { } unreadable)
        {
            problems.Add($"{file.Source.Path}: {unreadable}");
            return;
        }

        foreach (string name in file.GetChildKeys([], null).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (TopLevelKeys.Problem(name, TopLevelKeys.OfFiles) is { } problem)
            {
                problems.Add($"{file.Source.Path}: {name}: {problem}");
            }
            else if (TopLevelKeys.Sections.ContainsKey(name) && file.TryGet(name, out string? value) && value is not null)
            {
                problems.Add($"{file.Source.Path}: {name}: is a section of keys, not a value");
            }
        }
    }
}
