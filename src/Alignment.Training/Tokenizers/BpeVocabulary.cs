using Alignment.Models.Tokenization.PreTokenizers;

namespace Alignment.Training.Tokenizers;

/// <summary>
/// A trained vocabulary: <see cref="Tokens"/> by id (special tokens, 256 bytes, merged pairs) and the merges in order of rank.
/// </summary>
/// <param name="Pattern">The words that merges stay within.</param>
/// <param name="SpecialTokens">How many of the first tokens are special.</param>
/// <param name="Tokens">Spelling of each token, bytes as <see cref="Alignment.Models.Tokenization.ByteAlphabet"/> spells them.</param>
/// <param name="Merges">Ids of the two parts of each merged token.</param>
public sealed record BpeVocabulary(
    WordPattern Pattern, int SpecialTokens, IReadOnlyList<string> Tokens, IReadOnlyList<(int Left, int Right)> Merges);
