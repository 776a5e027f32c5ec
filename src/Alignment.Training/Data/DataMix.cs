using System.Text.Json;
using System.Text.Json.Serialization;
using Alignment.Models.Files;

namespace Alignment.Training.Data;

/// <summary>Which sources a model learns from, and how often it sees each: the committed record of a training set.</summary>
/// <param name="Sources">The files.</param>
/// <param name="Note">What whoever uses a model of this data should know about it, for the model card.</param>
/// <param name="Apart">
/// For a language model: files of mixes, relative to this one, that rewards learn from or are judged by. Their own list is not followed.
/// </param>
public sealed record DataMix(IReadOnlyList<MixSource> Sources, string? Note = null, IReadOnlyList<string>? Apart = null)
{
    private const int MostProblems = 20;

    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Where the sources' paths begin.</summary>
    [JsonIgnore]
    public string Folder { get; init; } = "";

    /// <summary>The mixes of <see cref="Apart"/>.</summary>
    [JsonIgnore]
    public IReadOnlyList<DataMix> Others { get; init; } = [];

    /// <summary>Reads the mix and those that it is kept apart from; checks every source against the folder that paths begin at.</summary>
    /// <exception cref="InvalidDataException">A file is no mix; all problems of its sources are in one message.</exception>
    public static DataMix Load(string path, string folder)
    {
        DataMix mix = LoadAlone(path, folder);
        string own = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return mix with { Others = [.. (mix.Apart ?? []).Select(other => LoadAlone(Path.Combine(own, other), folder))] };
    }

    /// <summary>A mix of one file.</summary>
    /// <exception cref="InvalidDataException">A property of the source is out of its range.</exception>
    public static DataMix Of(MixSource source, string folder)
    {
        DataMix mix = new([source]) { Folder = folder };
        mix.Require(source.Path);
        return mix;
    }

    private static DataMix LoadAlone(string path, string folder)
    {
        DataMix mix = Parse(path) with { Folder = folder };
        mix.Require(path);
        return mix;
    }

    private void Require(string path)
    {
        string own = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string[] problems = Sources is [] || Sources.Contains(null!)
            ? ["'sources' must be a list of one file or more"]
            : [.. Sources.SelectMany(source => source.Problems(Folder)), .. Repeated(), .. Missing(own)];
        if (problems.Length > 0)
        {
            string more = problems.Length > MostProblems ? $"; and {problems.Length - MostProblems} more" : "";
            string[] listed = [.. problems.Take(MostProblems).Select(problem => Shown.Of(problem, Shown.Problem))];
            throw new InvalidDataException($"{path}: {string.Join("; ", listed)}{more}");
        }
    }

    /// <summary>
    /// A file that is read twice would be held out by one share and learned from by the other, and its pairs belong to neither source.
    /// </summary>
    private IEnumerable<string> Repeated() => Sources
        .GroupBy(source => Path.GetFullPath(Path.Combine(Folder, source.Path)))
        .Where(group => group.Count() > 1)
        .Select(group => $"path '{group.First().Path}' is named {group.Count()} times; name it once, with a weight");

    private IEnumerable<string> Missing(string own) => (Apart ?? [])
        .Where(other => other is null || !File.Exists(Path.Combine(own, other)))
        .Select(other => $"apart '{other}' is not in {own}");

    private static DataMix Parse(string path)
    {
        ReadOnlyMemory<byte> json = File.ReadAllBytes(path);
        json = json[(json.Span.StartsWith("\uFEFF"u8) ? "\uFEFF"u8.Length : 0)..];
        _ = JsonFile.ParseObject(path, json);
        try
        {
            return JsonSerializer.Deserialize<DataMix>(json.Span, s_options)!;
        }
        catch (JsonException fault)
        {
            string problem = JsonFaults.OfContract(json.Span, fault, s_options.GetTypeInfo(typeof(DataMix)));
            throw new InvalidDataException($"{path}: line {fault.LineNumber + 1}: {problem}", fault);
        }
    }
}
