using Alignment.Compute.Contract;
using Alignment.Models.Transformers;

namespace Alignment.Tests.Models;

/// <summary>One sequence, one token a pass, no page shared: how a Transformer is used when nothing is clever.</summary>
internal sealed class NaiveDecoder : IDisposable
{
    private readonly Transformer _model;
    private readonly KvCache _cache;
    private readonly ForwardBatch _batch;
    private readonly int[] _pages;
    private readonly Adapter? _adapter;
    private readonly Action<ForwardBatch, int>? _touch;
    private int _length;

    /// <param name="model">The model.</param>
    /// <param name="maxLength">Most tokens.</param>
    /// <param name="adapter">LoRA weights, or null.</param>
    /// <param name="touch">Adds edits and taps for the one row of a batch, given its position.</param>
    public NaiveDecoder(Transformer model, int maxLength, Adapter? adapter = null, Action<ForwardBatch, int>? touch = null)
    {
        (_model, _adapter, _touch) = (model, adapter, touch);
        int pages = (maxLength + KvCache.PageSize - 1) / KvCache.PageSize;
        _cache = model.CreateCache(pages);
        _batch = new ForwardBatch(model.Limits);
        _pages = [.. Enumerable.Range(0, pages).Reverse()];
    }

    /// <summary>Computes one more token; returns log p of every token that may follow.</summary>
    public double[] Append(int token)
    {
        _batch.Clear();
        int row = _batch.AddSegment([token], _length++, _pages, _adapter);
        int output = _batch.AddOutput(row, logits: true);
        _touch?.Invoke(_batch, _length - 1);
        _model.Forward(_batch, _cache);
        float[] logits = new float[_model.Config.VocabularySize];
        _model.Backend.Download(_model.Logits, output, logits);
        double maximum = logits.Max();
        double normaliser = maximum + Math.Log(logits.Sum(logit => Math.Exp(logit - maximum)));
        return [.. logits.Select(logit => logit - normaliser)];
    }

    /// <summary>Log-probability of each prompt token after the first, then <paramref name="count"/> greedy tokens with theirs.</summary>
    public (double[] Prompt, int[] Greedy, double[] LogProbabilities) Run(int[] prompt, int count)
    {
        double[] promptScores = new double[prompt.Length - 1];
        double[] next = Append(prompt[0]);
        for (int i = 1; i < prompt.Length; i++)
        {
            promptScores[i - 1] = next[prompt[i]];
            next = Append(prompt[i]);
        }

        int[] greedy = new int[count];
        double[] scores = new double[count];
        for (int i = 0; i < count; i++)
        {
            greedy[i] = Array.IndexOf(next, next.Max());
            scores[i] = next[greedy[i]];
            next = Append(greedy[i]);
        }

        return (promptScores, greedy, scores);
    }

    public void Dispose() => _cache.Dispose();
}
