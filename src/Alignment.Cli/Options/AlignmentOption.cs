using System.CommandLine;
using System.Text;
using System.Text.Json;
using Alignment.Decoding;
using Alignment.Decoding.Binding;
using Alignment.Decoding.Policy;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Models.Files;

namespace Alignment.Cli.Options;

/// <summary>Guidance and search, written as in an HTTP request.</summary>
internal static class AlignmentOption
{
    private const string Name = "--alignment";

    public static Option<string?> Create() =>
        new(Name)
        {
            Description = "The 'alignment' object of an HTTP request; its report goes to standard error.",
            HelpName = "JSON",
        };

    /// <exception cref="InvalidRequestException">It asks for what does not exist; every problem is listed.</exception>
    /// <exception cref="InvalidDataException">It is no JSON object.</exception>
    public static AlignmentSettings Bind(string? json, AlignmentNames names, GenerationLimits limits)
    {
        ProblemCollection problems = [];
        AlignmentSettings settings = new AlignmentBinder(names, AlignmentPolicy.Open, limits, StandardMethods.Catalog)
            .Bind(Parse(json), AlignmentSettings.None, problems);
        InvalidRequestException.ThrowIfAny(problems);
        return settings;
    }

    private static JsonElement? Parse(string? json) => json is null ? null : JsonFile.ParseObject(Name, Encoding.UTF8.GetBytes(json));
}
