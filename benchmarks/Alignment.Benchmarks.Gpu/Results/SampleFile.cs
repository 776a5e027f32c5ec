using System.Text.Json;

namespace Alignment.Benchmarks.Gpu.Results;

/// <summary>What one process measured, as it leaves it for the report; peers write the same.</summary>
/// <param name="Subject">Device and library, for the report's head.</param>
/// <param name="Samples">What was timed.</param>
internal sealed record SampleFile(string Subject, IReadOnlyList<Sample> Samples)
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Those of a folder.</summary>
    public static IReadOnlyList<SampleFile> ReadAll(string folder) =>
    [
        .. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal)
            .Select(
                file => JsonSerializer.Deserialize<SampleFile>(File.ReadAllText(file), s_options)
                    ?? throw new InvalidDataException($"{file} is empty")),
    ];

    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, s_options));
}
