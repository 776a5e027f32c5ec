using System.Text.Json;

namespace Alignment.Server.Requests.Bodies;

/// <summary>Says where a body ceases to be JSON. The parser's own sentences speak of readers and payloads.</summary>
internal static class WrongSyntax
{
    /// <summary>A sentence such as <c>The body is not valid JSON: 'N' is not expected (line 2, byte 12).</c></summary>
    public static string Describe(ReadOnlySpan<byte> json, JsonException fault)
    {
        (long line, long place) = (fault.LineNumber ?? 0, fault.BytePositionInLine ?? 0);
        ReadOnlySpan<byte> rest = json;
        for (long i = 0; i < line; i++)
        {
            rest = rest[(rest.IndexOf((byte)'\n') + 1)..];
        }

        string what = place >= rest.Length ? "it ends too early" : $"{Shown(rest[(int)place])} is not expected";
        return $"The body is not valid JSON: {what} (line {line + 1}, byte {place + 1}).";
    }

    private static string Shown(byte value) => value is > (byte)' ' and < 0x7f ? $"'{(char)value}'" : $"the byte 0x{value:X2}";
}
