using System.Buffers.Text;

namespace Alignment.Server.Requests.Bodies;

/// <summary>
/// JSON can spell half a character: <c>"\ud83d"</c>, which OpenAI's JavaScript client sends when a text was cut inside an emoji. No Unicode
/// text contains it, so no tokenizer can take it. Every such escape of a body becomes U+FFFD, as JavaScript's <c>toWellFormed</c> and every
/// WHATWG interface have it: texts stay usable but for the broken character, and a name that is spelled with half a character is the name
/// of nothing, which is refused like any other. Halves that are written as three bytes instead of an escape are not UTF-8, and refused as
/// that.
/// </summary>
internal static class LoneSurrogates
{
    private const int EscapeLength = 6; // \uXXXX

    /// <summary>Replaces them in place: both spellings have six bytes.</summary>
    public static void Replace(Span<byte> json)
    {
        // 1. A backslash occurs in strings only, and begins an escape of two or six bytes.
        for (int next; (next = json.IndexOf((byte)'\\')) >= 0;)
        {
            json = json[next..];
            if (!TryReadUnit(json, out char first) || !char.IsSurrogate(first))
            {
                json = json[Math.Min(2, json.Length)..];
                continue;
            }

            // 2. A high half and behind it a low half are one character; any other half is replaced.
            bool whole = char.IsHighSurrogate(first) && TryReadUnit(json[EscapeLength..], out char second) && char.IsLowSurrogate(second);
            if (!whole)
            {
                "\\ufffd"u8.CopyTo(json);
            }

            json = json[(whole ? 2 * EscapeLength : EscapeLength)..];
        }
    }

    private static bool TryReadUnit(ReadOnlySpan<byte> json, out char unit)
    {
        ReadOnlySpan<byte> digits = json.Length >= EscapeLength && json.StartsWith("\\u"u8) ? json[2..EscapeLength] : [];
        bool valid = Utf8Parser.TryParse(digits, out ushort value, out int read, 'X') && read == digits.Length;
        unit = (char)value;
        return valid;
    }
}
