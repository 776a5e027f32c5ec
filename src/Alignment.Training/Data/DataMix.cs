using System.Text.Json;

namespace Alignment.Training.Data;

/// <summary>Which sources a model learns from, and how often it sees each: the committed record of a training set.</summary>
/// <param name="Sources">The files, relative to the data folder.</param>
public sealed record DataMix(IReadOnlyList<MixSource> Sources)
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Reads the mix and checks every source against the data folder.</summary>
    /// <exception cref="InvalidDataException">The file is no mix; all problems of its sources are in one message.</exception>
    public static DataMix Load(string path, string dataFolder)
    {
        DataMix mix = Parse(path);
        string[] problems = [.. mix.Sources.SelectMany(source => source.Problems(dataFolder))];
        return problems.Length == 0 ? mix : throw new InvalidDataException($"{path}: {string.Join("; ", problems)}");
    }

    private static DataMix Parse(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<DataMix>(File.ReadAllText(path), s_options) ?? throw new InvalidDataException($"{path}: null is not a mix.");
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{path}: {fault.Message}", fault);
        }
    }
}
