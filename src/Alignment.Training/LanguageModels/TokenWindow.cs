using System.Runtime.InteropServices;
using Alignment.Training.Data.Packing;

namespace Alignment.Training.LanguageModels;

/// <summary>
/// A stretch of packed tokens as input and next-token targets, with the places where its documents begin: a document that began before it
/// begins anew at 0. Reused from stretch to stretch.
/// </summary>
/// <param name="maxLength">Most inputs.</param>
/// <param name="span">Which targets count; null for all.</param>
internal sealed class TokenWindow(int maxLength, TargetSpan? span)
{
    private readonly int[] _tokens = new int[maxLength];
    private readonly int[] _targets = new int[maxLength];
    private readonly float[] _weights = new float[maxLength];
    private readonly List<int> _starts = [];
    private int _length;

    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, _length);

    public ReadOnlySpan<int> Targets => _targets.AsSpan(0, _length);

    /// <summary>Of each target; 0 where it does not count.</summary>
    public ReadOnlySpan<float> Weights => _weights.AsSpan(0, _length);

    /// <summary>Ascending, the first is 0.</summary>
    public ReadOnlySpan<int> Starts => CollectionsMarshal.AsSpan(_starts);

    /// <summary>Targets that count.</summary>
    public int Counted { get; private set; }

    /// <summary>Inputs [start, start + length), with weights of 1; the last target is the token behind them.</summary>
    public void Read(PackedTokens data, int start, int length)
    {
        _length = length;
        ReadOnlySpan<ushort> window = data.Tokens.Slice(start, length + 1);
        for (int i = 0; i < length; i++)
        {
            (_tokens[i], _targets[i]) = (window[i], window[i + 1]);
        }

        FindStarts(data.DocumentStarts, start);
        Weigh(data, start);
    }

    /// <summary>Multiplies the weights.</summary>
    public void Scale(float factor)
    {
        for (int i = 0; i < _length; i++)
        {
            _weights[i] *= factor;
        }
    }

    private void FindStarts(ReadOnlySpan<int> documents, int start)
    {
        _starts.Clear();
        _starts.Add(0);
        int next = documents.BinarySearch(start + 1);
        for (int i = next < 0 ? ~next : next; i < documents.Length && documents[i] < start + _length; i++)
        {
            _starts.Add(documents[i] - start);
        }
    }

    private void Weigh(PackedTokens data, int start)
    {
        _weights.AsSpan(0, _length).Fill(1);
        Counted = _length;
        if (span is null)
        {
            return;
        }

        (bool inside, int document) = (IsInside(data, start, span.Value), 1);
        for (int i = 0; i < _length; i++)
        {
            bool begins = document < _starts.Count && _starts[document] == i;
            document += begins ? 1 : 0;
            inside = _tokens[i] == span.Value.Begin || (inside && !begins && _tokens[i] != span.Value.End);
            _weights[i] = inside ? 1 : 0;
            Counted -= inside ? 0 : 1;
        }
    }

    /// <summary>Whether the document of the token at <paramref name="start"/> is in a span before it.</summary>
    private static bool IsInside(PackedTokens data, int start, TargetSpan span)
    {
        int found = data.DocumentStarts.BinarySearch(start);
        int begin = data.DocumentStarts[found < 0 ? ~found - 1 : found];
        for (int i = start - 1; i >= begin; i--)
        {
            if (data.Tokens[i] == span.Begin || data.Tokens[i] == span.End)
            {
                return data.Tokens[i] == span.Begin;
            }
        }

        return false;
    }
}
