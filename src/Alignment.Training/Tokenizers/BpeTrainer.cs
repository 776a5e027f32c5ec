using System.Runtime.InteropServices;
using Alignment.Models.Tokenization;
using Alignment.Models.Tokenization.Pipeline;
using Alignment.Models.Tokenization.PreTokenizers;

namespace Alignment.Training.Tokenizers;

/// <summary>
/// Trains a byte-level BPE vocabulary (Sennrich et al. 2016; bytes as in GPT-2): special tokens first, then the 256 bytes, then the pairs
/// that were merged, the most frequent first. Equal counts are broken by the lower ids, so the same texts in any order give the same
/// vocabulary.
/// </summary>
public sealed class BpeTrainer
{
    private const int Bytes = 256;
    private readonly WordPattern _pattern;
    private readonly string[] _specialTokens;
    private readonly Dictionary<string, long> _words = [];
    private readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    /// <summary>A trainer that has seen no text. Merges never cross the words that <paramref name="pattern"/> cuts.</summary>
    public BpeTrainer(WordPattern pattern, IReadOnlyList<string> specialTokens)
    {
        _pattern = pattern;
        _specialTokens = [.. specialTokens];
        _lookup = _words.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Counts the words of a text, and of the pieces between special tokens where it spells any.</summary>
    public void Add(string text)
    {
        foreach (string piece in text.Split(_specialTokens, StringSplitOptions.RemoveEmptyEntries))
        {
            Count(piece);
        }
    }

    /// <summary>
    /// Merges pairs until the vocabulary has <paramref name="size"/> entries, or no pair occurs twice. Time grows with the distinct words,
    /// not with the text.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The size has no room for the special tokens and the bytes.</exception>
    public BpeVocabulary Train(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, _specialTokens.Length + Bytes);
        List<string> tokens = [.. _specialTokens];
        tokens.AddRange(Enumerable.Range(0, Bytes).Select(value => ByteAlphabet.Character((byte)value).ToString()));
        List<(int Left, int Right)> merges = [];
        var pairs = new PairCounts(SpellWords(_specialTokens.Length));
        while (tokens.Count < size && pairs.TakeMostFrequent() is (int left, int right))
        {
            pairs.Merge(left, right, tokens.Count);
            merges.Add((left, right));
            tokens.Add(tokens[left] + tokens[right]);
        }

        return new BpeVocabulary(_pattern, _specialTokens.Length, tokens, merges);
    }

    private void Count(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            int length = _pattern.FirstWord(text);
            CollectionsMarshal.GetValueRefOrAddDefault(_lookup, text[..length], out _)++;
            text = text[length..];
        }
    }

    /// <summary>
    /// Each distinct word as the ids of its bytes, with its count; sorted, so that the order of the texts does not matter.
    /// </summary>
    private IEnumerable<(int[] Symbols, long Count)> SpellWords(int firstByte) => _words
        .OrderBy(word => word.Key, StringComparer.Ordinal)
        .Select(word => (Array.ConvertAll(System.Text.Encoding.UTF8.GetBytes(word.Key), value => firstByte + value), word.Value));
}
