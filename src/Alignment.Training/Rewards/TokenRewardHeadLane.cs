using Alignment.Compute.Memory;
using Alignment.Compute.Training;

namespace Alignment.Training.Rewards;

/// <summary>One accumulator of gradients, with the memory to run a response of at most <c>rows</c> tokens through the head, forwards and backwards.</summary>
internal sealed unsafe class TokenRewardHeadLane : IDisposable
{
    private readonly TokenRewardHeadParameters _head;
    private readonly NativeBuffer<float> _inner;
    private readonly NativeBuffer<float> _activated;
    private readonly NativeBuffer<float> _logits;
    private readonly float[] _ones;

    public TokenRewardHeadLane(TokenRewardHeadParameters head, int rows)
    {
        _head = head;
        _inner = new((long)rows * head.Rank);
        _activated = new((long)rows * head.Rank);
        _logits = new((long)rows * head.Vocabulary);
        _ones = new float[rows];
        Array.Fill(_ones, 1f);
        Gradients = head.Host.Allocate(head.Values.Length);
    }

    public TrainingBuffer Gradients { get; }

    public double Loss { get; set; }

    public int Right { get; set; }

    /// <summary>Mean of log pi_r(token) over a response; <paramref name="hidden"/> is [tokens, hidden]. Leaves the gradient of its negative sum by the logits in place of the logits.</summary>
    public double MeanLogProbability(float* hidden, ReadOnlySpan<int> tokens)
    {
        int rows = tokens.Length;
        _head.Down.Forward(hidden, rows, accumulate: false, _inner.Pointer);
        for (long i = 0; i < (long)rows * _head.Rank; i++)
        {
            _activated[i] = _inner[i] * Sigmoid(_inner[i]);
        }

        for (int row = 0; row < rows; row++)
        {
            new Span<float>(_head.Bias, _head.Vocabulary).CopyTo(new Span<float>(_logits.Pointer + ((long)row * _head.Vocabulary), _head.Vocabulary));
        }

        _head.Up.Forward(_activated.Pointer, rows, accumulate: true, _logits.Pointer);
        return -CrossEntropy.ForwardBackward(_logits.Pointer, tokens, _ones.AsSpan(0, rows), _head.Vocabulary) / rows;
    }

    /// <summary>Adds <paramref name="slope"/> times the gradient of the mean log-probability just computed.</summary>
    public void Backward(float* hidden, int rows, double slope)
    {
        // The logits hold d(-sum)/d(logits), so the factor of the mean is -slope / rows. It goes into the narrow side of each product.
        float factor = (float)(-slope / rows);
        int vocabulary = _head.Vocabulary;
        float* bias = Gradients.Pointer + _head.Tensors[2].Offset;
        for (int row = 0; row < rows; row++)
        {
            float* logits = _logits.Pointer + ((long)row * vocabulary);
            for (int i = 0; i < vocabulary; i++)
            {
                bias[i] += factor * logits[i];
            }
        }

        for (long i = 0; i < (long)rows * _head.Rank; i++)
        {
            _activated[i] *= factor;
        }

        _head.Up.WeightGradient(_activated.Pointer, _logits.Pointer, rows, Gradients.Pointer + _head.Tensors[1].Offset);
        _head.Up.InputGradient(_logits.Pointer, rows, _activated.Pointer);
        for (long i = 0; i < (long)rows * _head.Rank; i++)
        {
            float sigmoid = Sigmoid(_inner[i]);
            _activated[i] *= factor * sigmoid * (1 + (_inner[i] * (1 - sigmoid)));
        }

        _head.Down.WeightGradient(hidden, _activated.Pointer, rows, Gradients.Pointer);
    }

    public void Dispose()
    {
        foreach (IDisposable buffer in new IDisposable[] { _inner, _activated, _logits, Gradients })
        {
            buffer.Dispose();
        }
    }

    private static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));
}
