using System.Text.Json;

namespace Alignment.Models.Checkpoints;

/// <summary>Reads JSON files of bounded size and depth.</summary>
public static class JsonFile
{
    private const int MaxBytes = 128 << 20;

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 32 };

    /// <summary>The file's root object.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is too large, no JSON, or no object.</exception>
    public static JsonElement ReadObject(string path)
    {
        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new FileNotFoundException($"{path}: the file is missing", path);
        }

        FileProblem.Require(file.Length <= MaxBytes, path, "size", $"larger than {MaxBytes} bytes");
        return ParseObject(path, File.ReadAllBytes(path));
    }

    /// <summary>The root object of a text; <paramref name="path"/> names it in errors.</summary>
    /// <exception cref="InvalidDataException">It is no JSON, or no object.</exception>
    public static JsonElement ParseObject(string path, ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8, s_options);
            JsonElement root = document.RootElement.Clone();
            FileProblem.Require(root.ValueKind == JsonValueKind.Object, path, "root", "is not a JSON object");
            return root;
        }
        catch (JsonException fault)
        {
            throw FileProblem.Of(path, "JSON", fault.Message);
        }
    }
}
