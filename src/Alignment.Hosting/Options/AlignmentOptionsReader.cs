using Alignment.Decoding;
using Alignment.Decoding.Settings;
using Alignment.Hosting.Devices;
using Microsoft.Extensions.Configuration;

namespace Alignment.Hosting.Options;

/// <summary>Binds the section <c>Alignment</c> and checks it before anything is loaded.</summary>
public static class AlignmentOptionsReader
{
    /// <exception cref="InvalidConfigurationException">Anything is wrong.</exception>
    public static AlignmentOptions Read(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        AlignmentOptions options = Bind(configuration.GetSection(AlignmentOptions.Section));
        List<string> problems = [];
        Require(options.Models.Count > 0, "Models", "names no model");
        Require(options.Models.All(model => model.Path.Length > 0), "Models", "every model needs a Path");
        Require(DeviceChoice.IsKnown(options.Device), "Device", $"'{options.Device}' is none of {DeviceChoice.Forms}");
        Require(options.Threads is null or > 0, "Threads", "must be at least 1");
        Require(options.Engine is { Pages: > 0, PrefillChunk: > 0, MaxSessions: > 0, QueueLength: >= 0 }, "Engine", "Pages, PrefillChunk and MaxSessions must be at least 1, QueueLength at least 0");
        Require(options.Limits is { MaxChoices: > 0, MaxCandidates: > 0, MaxGuides: >= 0, MaxWeight: >= 0, MaxForwardTokens: > 0 }, "Limits", "must not be negative, and those of n, candidates and forward tokens at least 1");
        foreach (string profile in options.Profiles.Keys)
        {
            Require(!profile.Contains(':', StringComparison.Ordinal) && profile.Length > 0, $"Profiles:{profile}", "a profile's name is not empty and has no colon");
        }

        ProblemCollection policy = PolicyValidator.Validate(options.Policy, options.Limits);
        problems.AddRange(policy.Select(problem => $"{AlignmentOptions.Section}:Policy:{problem}"));
        return problems.Count == 0 ? options : throw new InvalidConfigurationException(problems);

        void Require(bool holds, string path, string message)
        {
            if (!holds)
            {
                problems.Add($"{AlignmentOptions.Section}:{path}: {message}");
            }
        }
    }

    private static AlignmentOptions Bind(IConfigurationSection section)
    {
        try
        {
            return section.Get<AlignmentOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new AlignmentOptions();
        }
        catch (InvalidOperationException fault)
        {
            throw new InvalidConfigurationException([$"{section.Path}: {fault.Message}"]);
        }
    }
}
