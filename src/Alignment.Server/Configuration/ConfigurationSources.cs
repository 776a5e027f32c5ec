using Alignment.Hosting.Options;
using Microsoft.Extensions.Configuration.Json;

namespace Alignment.Server.Configuration;

/// <summary>What the merged configuration no longer shows: names at its top, by the place where they were written.</summary>
internal static class ConfigurationSources
{
    /// <summary>Notes names that nothing would read. What our own sections contain is their options' affair.</summary>
    public static void Check(IReadOnlyList<string> arguments, IConfigurationRoot configuration, IReadOnlyCollection<string> environment, ICollection<string> problems)
    {
        CommandLineArguments.Check(arguments, problems);
        EnvironmentNames.Check(environment, problems);
        foreach (JsonConfigurationProvider file in configuration.Providers.OfType<JsonConfigurationProvider>())
        {
            CheckFile(file, problems);
        }

        foreach (IConfigurationSection child in configuration.GetSection(TopLevelKeys.Kestrel).GetChildren())
        {
            if (TopLevelKeys.Problem(child.Key, TopLevelKeys.OfKestrel) is { } problem)
            {
                problems.Add($"{child.Path}: {problem}");
            }
        }
    }

    /// <summary>A file that cannot be read as configuration, in one line: which, and where in it.</summary>
    public static InvalidConfigurationException Unreadable(InvalidDataException fault)
        => new([$"{fault.Message.TrimEnd('.')}: {fault.GetBaseException().Message}"]);

    private static void CheckFile(JsonConfigurationProvider file, ICollection<string> problems)
    {
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
