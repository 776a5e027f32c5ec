using Alignment.Models.Tokenization.Pipeline;

namespace Alignment.Models.Tokenization;

/// <summary>The steps of a tokenizer.json, in the order in which text passes through them.</summary>
internal sealed record TokenizerParts
{
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>Those found in the text as given.</summary>
    public required AddedTokenMatcher RawTokens { get; init; }

    public required Func<string, string> Normalize { get; init; }

    /// <summary>Those found in the normalised text.</summary>
    public required AddedTokenMatcher NormalizedTokens { get; init; }

    public required PreTokenizer PreTokenize { get; init; }

    public required BpeModel Model { get; init; }

    /// <summary>Ids put before a text.</summary>
    public required IReadOnlyList<int> Prefix { get; init; }

    /// <summary>Ids put after a text.</summary>
    public required IReadOnlyList<int> Suffix { get; init; }

    public required TokenSpelling Spelling { get; init; }
}
