namespace Alignment.Models.Tokenization;

/// <summary>One thread's scratch for a <see cref="BpeModel"/>, with the ids of the short words it met: text repeats its words.</summary>
internal sealed class WordEncoder(BpeModel model)
{
    private const int MaxCachedWords = 1 << 15;
    private const int MaxCachedLength = 48;

    private readonly Dictionary<string, int[]> _known = new(StringComparer.Ordinal);
    private readonly BpeWord _scratch = new();

    public void Encode(string word, List<int> output, CancellationToken cancellation)
    {
        if (_known.TryGetValue(word, out int[]? ids))
        {
            output.AddRange(ids);
            return;
        }

        int start = output.Count;
        model.Encode(word, _scratch, output, cancellation);
        if (word.Length > MaxCachedLength)
        {
            return;
        }

        if (_known.Count == MaxCachedWords)
        {
            _known.Clear();
        }

        _known.Add(word, output.GetRange(start, output.Count - start).ToArray());
    }
}
