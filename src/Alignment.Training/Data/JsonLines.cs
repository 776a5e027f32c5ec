using System.IO.Compression;
using System.Text.Json;

namespace Alignment.Training.Data;

/// <summary>Streams the rows of a <c>.jsonl.gz</c> file: one JSON object a line, fields in snake case.</summary>
internal static class JsonLines
{
    private static readonly JsonSerializerOptions s_options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true };

    /// <summary>Reads row by row; nothing but the current line is held.</summary>
    /// <exception cref="InvalidDataException">A line is not such an object; the message names file and line.</exception>
    public static IEnumerable<T> Read<T>(string path)
    {
        using StreamReader reader = OpenText(path);
        for (int number = 1; reader.ReadLine() is { } line; number++)
        {
            yield return Parse<T>(line, path, number);
        }
    }

    /// <summary>Opens a text that may be gzip-compressed (by its name).</summary>
    public static StreamReader OpenText(string path)
    {
        Stream stream = File.OpenRead(path);
        return new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream);
    }

    private static T Parse<T>(string line, string path, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, s_options) ?? throw new InvalidDataException($"{path}: line {number}: null is not a row.");
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{path}: line {number}: {fault.Message}", fault);
        }
    }
}
