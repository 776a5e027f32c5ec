using System.Text.Json;

namespace Alignment.Server.Requests.Bodies;

/// <summary>Takes a field out of a body's object.</summary>
internal static class BodyField
{
    /// <summary>Overwrites the field, and a comma beside it, with spaces.</summary>
    /// <param name="json">An object.</param>
    /// <param name="name">One of its fields.</param>
    /// <returns>Whether it has the field.</returns>
    public static bool TryBlank(Span<byte> json, string name)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        int from = (int)reader.BytesConsumed;
        for (bool first = true; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; first = false)
        {
            bool found = reader.ValueTextEquals(name);
            reader.Skip();
            int to = (int)reader.BytesConsumed;
            if (found)
            {
                // From the value before, comma included; the first field has its comma behind it.
                json[from..(first ? BehindComma(json, to) : to)].Fill((byte)' ');
                return true;
            }

            from = to;
        }

        return false;
    }

    private static int BehindComma(ReadOnlySpan<byte> json, int from)
    {
        int next = from + json[from..].IndexOfAnyExcept(" \t\r\n"u8);
        return json[next] == ',' ? next + 1 : from;
    }
}
