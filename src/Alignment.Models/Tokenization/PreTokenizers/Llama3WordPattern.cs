namespace Alignment.Models.Tokenization.PreTokenizers;

/// <inheritdoc cref="WordPattern.Llama3"/>
internal sealed class Llama3WordPattern(string number, int digits) : WordPattern
{
    /// <inheritdoc/>
    public override string Expression { get; } =
        $@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{number}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <inheritdoc/>
    public override int FirstWord(ReadOnlySpan<char> text)
    {
        int contraction = Contraction(text, ignoresCase: true);
        if (contraction > 0)
        {
            return contraction;
        }

        (CharacterKind kind, int length) = CharacterKinds.First(text);
        return kind switch
        {
            CharacterKind.Letter => CharacterKinds.Run(text, CharacterKind.Letter),
            CharacterKind.Number => CharacterKinds.Run(text, CharacterKind.Number, digits),
            _ => Led(text, length) is > 0 and int led ? led : kind == CharacterKind.Symbol ? Symbols(text) : Spaces(text),
        };
    }

    /// <summary><c>[^\r\n\p{L}\p{N}]\p{L}+</c> where the first character is known to be neither letter nor number.</summary>
    private static int Led(ReadOnlySpan<char> text, int lead)
    {
        int letters = text[0] is '\r' or '\n' ? 0 : CharacterKinds.Run(text[lead..], CharacterKind.Letter);
        return letters > 0 ? lead + letters : 0;
    }

    /// <summary><c>[^\s\p{L}\p{N}]+[\r\n]*</c>.</summary>
    private static int Symbols(ReadOnlySpan<char> text)
    {
        int end = CharacterKinds.Run(text, CharacterKind.Symbol);
        int newlines = text[end..].IndexOfAnyExcept('\r', '\n');
        return newlines < 0 ? text.Length : end + newlines;
    }

    /// <summary>
    /// The alternatives that begin with white space: a space before symbols, white space up to its last newline, white space.
    /// </summary>
    private static int Spaces(ReadOnlySpan<char> text)
    {
        if (text[0] == ' ' && CharacterKinds.First(text[1..]) is (CharacterKind.Symbol, > 0))
        {
            return 1 + Symbols(text[1..]);
        }

        int newline = text[..CharacterKinds.Run(text, CharacterKind.Space)].LastIndexOfAny('\r', '\n');
        return newline >= 0 ? newline + 1 : Blank(text);
    }
}
