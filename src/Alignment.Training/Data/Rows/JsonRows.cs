using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Alignment.Training.Data.Rows;

/// <summary>Rows of JSON: one object a line, or one array of objects.</summary>
internal static class JsonRows
{
    private const long LargestArray = 1 << 30;

    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    /// <summary>One object a line; blank lines are passed over. Nothing but the current line is held.</summary>
    public static IEnumerable<RawRow> ReadLines(DataText text)
    {
        while (text.ReadLine() is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return new RawRow(text.Line, () => Parse(Encoding.UTF8.GetBytes(line)));
            }
        }
    }

    /// <summary>An array, which is held as a whole.</summary>
    /// <exception cref="RowException">It is no array of JSON in UTF-8, or too large.</exception>
    public static IEnumerable<RawRow> ReadArray(Stream stream)
    {
        (int line, int counted) = (1, 0);
        byte[] bytes = ReadAll(stream);
        if (!Utf8.IsValid(bytes))
        {
            throw new RowException("is not UTF-8");
        }

        foreach (Range element in Elements(bytes))
        {
            int start = element.Start.Value;
            line += bytes.AsSpan(counted, start - counted).Count((byte)'\n');
            counted = start;
            yield return new RawRow(line, () => Parse(bytes.AsMemory(element)));
        }
    }

    private static byte[] ReadAll(Stream stream)
    {
        using MemoryStream bytes = new();
        byte[] buffer = new byte[1 << 16];
        try
        {
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                bytes.Write(buffer, 0, read);
                if (bytes.Length > LargestArray)
                {
                    throw new RowException("a JSON array of more than 1 GiB; write one object a line (.jsonl)");
                }
            }
        }
        catch (InvalidDataException fault)
        {
            throw DataText.Damage(fault, 1);
        }

        return bytes.ToArray();
    }

    /// <summary>Where the elements stand; each is read when its row is.</summary>
    private static List<Range> Elements(byte[] bytes)
    {
        List<Range> elements = [];
        int start = bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        Utf8JsonReader reader = new(bytes.AsSpan(start));
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                int begin = start + (int)reader.TokenStartIndex;
                reader.Skip();
                elements.Add(begin..(start + (int)reader.BytesConsumed));
            }

            reader.Read(); // nothing may follow
            return elements;
        }
        catch (JsonException fault)
        {
            throw new RowException($"line {fault.LineNumber + 1}: {JsonFaults.OfRow(bytes.AsSpan(start), fault)}");
        }
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> row)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(row, s_strict);
            return RequireObject(document.RootElement.Clone());
        }
        catch (JsonException fault)
        {
            throw new RowException(JsonFaults.OfRow(row.Span, fault));
        }
        catch (InvalidOperationException)
        {
            // Names are compared with each other, and half a character cannot be.
            throw new RowException("the name of a field holds half a surrogate pair");
        }
    }

    private static JsonElement RequireObject(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object
            ? element
            : throw new RowException($"is {DataRow.Describe(element)}, not an object of named fields");
}
