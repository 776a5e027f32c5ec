using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;
using Alignment.Models.Json;

namespace Alignment.Models.Files;

/// <summary>Reads JSON files of bounded size and depth.</summary>
public static class JsonFile
{
    private const int MaxBytes = 128 << 20;

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 32 };

    /// <summary>The file's root object.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no regular file, too large, no JSON, or no object.</exception>
    public static JsonElement ReadObject(string path) => ParseObject(path, RegularFile.ReadBytes(path, MaxBytes));

    /// <summary>The root object of a text; <paramref name="path"/> names it in errors.</summary>
    /// <exception cref="InvalidDataException">It is no JSON, no object, gives a field twice, or holds a text that is not
    /// Unicode.</exception>
    public static JsonElement ParseObject(string path, ReadOnlyMemory<byte> utf8)
    {
        // The parser accepts such texts and fails only when one is read.
        FileProblem.Require(Utf8.IsValid(utf8.Span) && HasWholeSurrogates(utf8.Span), path, "JSON", "holds a text that is not Unicode");
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8, s_options);
            JsonElement root = document.RootElement.Clone();
            FileProblem.Require(root.ValueKind == JsonValueKind.Object, path, "root", "is not a JSON object");
            if (FindTwin(root) is { } twin)
            {
                throw FileProblem.Of(path, twin, "is given twice");
            }

            return root;
        }
        catch (JsonException fault)
        {
            throw FileProblem.Of(path, "JSON", WrongSyntax.Of(utf8.Span, fault).ToString());
        }
    }

    /// <summary>The first field that an object anywhere inside gives twice, or null: readers differ in which of the two counts.</summary>
    private static string? FindTwin(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            return element.EnumerateArray().Select((item, i) => Within($"[{i}]", FindTwin(item))).FirstOrDefault(twin => twin is not null);
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty field in element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : default)
        {
            string name = FileProblem.Shorten(field.Name);
            if (!names.Add(field.Name))
            {
                return name;
            }

            if (Within(name, FindTwin(field.Value)) is { } twin)
            {
                return twin;
            }
        }

        return null;
    }

    private static string? Within(string outer, string? inner)
        => inner is null ? null : inner.StartsWith('[') ? $"{outer}{inner}" : $"{outer}.{inner}";

    /// <summary>Whether every escaped high surrogate is followed by an escaped low one, and no low one stands alone.</summary>
    private static bool HasWholeSurrogates(ReadOnlySpan<byte> json)
    {
        bool expectsLow = false;
        for (int i = 0; i < json.Length; i++)
        {
            int unit = json[i] == '\\' ? EscapedUnit(json[(i + 1)..]) : 0;
            if (char.IsLowSurrogate((char)unit) != expectsLow)
            {
                return false;
            }

            expectsLow = char.IsHighSurrogate((char)unit);
            i += json[i] != '\\' ? 0 : unit > 0 ? 5 : 1;
        }

        return !expectsLow;
    }

    /// <summary>The UTF-16 unit of <c>uXXXX</c>; 0 for any other escape.</summary>
    private static int EscapedUnit(ReadOnlySpan<byte> escape)
        => escape.Length >= 5 && escape[0] == 'u' && Utf8Parser.TryParse(escape[1..5], out int unit, out int read, 'x') && read == 4
            ? unit
            : 0;
}
