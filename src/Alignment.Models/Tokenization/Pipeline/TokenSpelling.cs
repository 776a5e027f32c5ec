using System.Globalization;
using System.Text;
using Alignment.Models.Files;

namespace Alignment.Models.Tokenization.Pipeline;

/// <summary>
/// What bytes a token of the vocabulary stands for, read from the <c>decoder</c> of a tokenizer.json. All published decoders come down to
/// this: a table of bytes, and at most one space that goes from the front of the whole text.
/// </summary>
/// <param name="BytesOf">Bytes of a token's spelling.</param>
/// <param name="StripsFirstSpace">Whether a text's first space was added by the tokenizer.</param>
internal sealed record TokenSpelling(Func<string, byte[]> BytesOf, bool StripsFirstSpace)
{
    public static TokenSpelling Read(JsonFields? step)
    {
        string? type = step?.Text("type");
        if (type == "ByteLevel")
        {
            return new TokenSpelling(FromAlphabet, false);
        }

        if (type is null)
        {
            return new TokenSpelling(Encoding.UTF8.GetBytes, false);
        }

        if (type == "Metaspace")
        {
            string mark = step!.Text("replacement") ?? "▁";
            return new TokenSpelling(
                text => FromPieces(text, mark, false), step.Text("prepend_scheme") is not "never" && step.Flag("add_prefix_space", true));
        }

        return ReadSequence(type == "Sequence" ? [.. step!.Objects("decoders")] : [step!]);
    }

    /// <summary>SentencePiece as Hugging Face spells it: Replace, ByteFallback, Fuse, Strip.</summary>
    private static TokenSpelling ReadSequence(JsonFields[] steps)
    {
        string mark = " ";
        bool bytes = false;
        bool strips = false;
        foreach (JsonFields step in steps)
        {
            switch (step.Text("type"))
            {
                case "ByteLevel" when steps.Length == 1:
                    return new TokenSpelling(FromAlphabet, false);
                case "Replace" when step.Text("content") == " ":
                    mark = step.Object("pattern")?.Text("String") ?? throw step.Problem("pattern", "must be a string");
                    break;
                case "ByteFallback":
                    bytes = true;
                    break;
                case "Strip" when step.Text("content") == " " && step.Integer("stop", 0, 1, 0) == 0:
                    strips = step.Integer("start", 0, 1, 0) == 1;
                    break;
                case "Fuse":
                    break;
                case { } other:
                    throw step.Problem("type", $"the decoder '{other}' is not supported");
                default:
                    throw step.Problem("type", "is missing");
            }
        }

        return new TokenSpelling(text => FromPieces(text, mark, bytes), strips);
    }

    private static byte[] FromAlphabet(string token) => token.All(c => ByteAlphabet.Byte(c) >= 0)
        ? [.. token.Select(c => (byte)ByteAlphabet.Byte(c))]
        : Encoding.UTF8.GetBytes(token);

    private static byte[] FromPieces(string token, string mark, bool byteFallback)
    {
        bool isByte = byteFallback && token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>';
        return isByte && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? [value]
            : Encoding.UTF8.GetBytes(token.Replace(mark, " ", StringComparison.Ordinal));
    }
}
