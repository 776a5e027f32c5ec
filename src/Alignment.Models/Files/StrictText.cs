using System.Text;

namespace Alignment.Models.Files;

/// <summary>Text of somebody else. What is not UTF-8 is refused: replacement characters would be a text that nobody wrote.</summary>
public static class StrictText
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of all bytes; a byte order mark is text.</summary>
    /// <param name="path">Names it in errors.</param>
    /// <param name="utf8">The bytes.</param>
    /// <exception cref="InvalidDataException">They are not UTF-8; the message has the first that is wrong and its offset.</exception>
    public static string Decode(string path, ReadOnlySpan<byte> utf8)
    {
        try
        {
            return s_strict.GetString(utf8);
        }
        catch (DecoderFallbackException fault)
        {
            throw FileProblem.Of(path, "text", $"is not UTF-8: the byte 0x{utf8[fault.Index]:X2} at offset {fault.Index}");
        }
    }
}
