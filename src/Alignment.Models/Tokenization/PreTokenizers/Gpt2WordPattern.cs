namespace Alignment.Models.Tokenization.PreTokenizers;

/// <inheritdoc cref="WordPattern.Gpt2"/>
internal sealed class Gpt2WordPattern : WordPattern
{
    /// <inheritdoc/>
    public override string Expression => @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <inheritdoc/>
    public override int FirstWord(ReadOnlySpan<char> text)
    {
        int contraction = Contraction(text, ignoresCase: false);
        if (contraction > 0)
        {
            return contraction;
        }

        int lead = text[0] == ' ' ? 1 : 0;
        (CharacterKind kind, int length) = CharacterKinds.First(text[lead..]);
        return length == 0 || kind == CharacterKind.Space ? Blank(text) : lead + CharacterKinds.Run(text[lead..], kind);
    }
}
