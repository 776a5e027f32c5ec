using System.Text.Json;

namespace Alignment.Models.Json;

/// <summary>Where a text ceases to be JSON, in our own words: the parser's speak of readers and payloads.</summary>
/// <param name="What">A clause such as <c>'N' is not expected</c>.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Byte">The byte of the line, from 1.</param>
public sealed record WrongSyntax(string What, long Line, long Byte)
{
    /// <param name="json">The text.</param>
    /// <param name="fault">What the parser says of it.</param>
    public static WrongSyntax Of(ReadOnlySpan<byte> json, JsonException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        (long line, long place) = (fault.LineNumber ?? 0, fault.BytePositionInLine ?? 0);
        ReadOnlySpan<byte> rest = json;
        for (long i = 0; i < line; i++)
        {
            rest = rest[(rest.IndexOf((byte)'\n') + 1)..];
        }

        string what = fault.Message.Contains("maximum configured depth", StringComparison.Ordinal)
            ? "lists and objects stand too deep in each other"
            : place >= rest.Length ? "it ends too early"
            : $"{Shown(rest[(int)place])} is not expected";
        return new WrongSyntax(what, line + 1, place + 1);
    }

    /// <summary>Such as <c>'N' is not expected (line 2, byte 12)</c>.</summary>
    public override string ToString() => $"{What} (line {Line}, byte {Byte})";

    private static string Shown(byte value) => value is > (byte)' ' and < 0x7f ? $"'{(char)value}'" : $"the byte 0x{value:X2}";
}
