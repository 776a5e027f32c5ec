using Alignment.Compute.Contract.Training;

namespace Alignment.Training.Rewards.Heads;

/// <summary>
/// One accumulator of gradients, with the memory to run a response of at most <c>rows</c> tokens through the head, forwards and backwards.
/// </summary>
internal sealed unsafe class TokenRewardHeadAccumulator : IDisposable
{
    private readonly TokenRewardHeadParameters _head;
    private readonly ITrainingBackend _backend;
    private readonly TrainingBuffer _hidden;
    private readonly TrainingBuffer _inner;
    private readonly TrainingBuffer _activated;
    private readonly TrainingBuffer _logits;
    private readonly float[] _ones;

    public TokenRewardHeadAccumulator(TokenRewardHeadParameters head, int rows)
    {
        (_head, _backend) = (head, head.Backend);
        _hidden = _backend.Allocate((long)rows * head.Hidden);
        _inner = _backend.Allocate((long)rows * head.Rank);
        _activated = _backend.Allocate((long)rows * head.Rank);
        _logits = _backend.Allocate((long)rows * head.Vocabulary);
        _ones = new float[rows];
        Array.Fill(_ones, 1f);
        Gradients = _backend.Allocate(head.Values.Length);
    }

    public TrainingBuffer Gradients { get; }

    public double Loss { get; set; }

    public int Right { get; set; }

    /// <summary>
    /// Mean of log pi_r(token) over a response; <paramref name="hidden"/> is [tokens, hidden]. Keeps it, and the gradient of its negative
    /// sum by the logits in place of the logits, for <see cref="Backward"/>.
    /// </summary>
    public double MeanLogProbability(ReadOnlySpan<float> hidden, ReadOnlySpan<int> tokens)
    {
        int rows = tokens.Length;
        _hidden.Write(0, hidden);
        _head.Down.Forward(_hidden.Pointer, rows, accumulate: false, _inner.Pointer);
        _backend.SiluForward(_inner.Pointer, (long)rows * _head.Rank, _activated.Pointer);
        _head.Up.Forward(_activated.Pointer, rows, accumulate: false, _logits.Pointer);
        _backend.AddBias(_head.Bias, rows, _head.Vocabulary, _logits.Pointer);
        return -_backend.CrossEntropyForwardBackward(_logits.Pointer, tokens, _ones.AsSpan(0, rows), _head.Vocabulary) / rows;
    }

    /// <summary>
    /// Adds <paramref name="slope"/> times the gradient of the mean log-probability of the response of so many tokens that was just
    /// computed.
    /// </summary>
    public void Backward(int rows, double slope)
    {
        // The logits hold d(-sum)/d(logits), so the factor of the mean is -slope / rows. It goes into the narrow side of each product.
        float factor = (float)(-slope / rows);
        long inner = (long)rows * _head.Rank;
        _backend.SumRows(_logits.Pointer, rows, _head.Vocabulary, factor, Gradients.Pointer + _head.Tensors[2].Offset);
        _backend.Scale(_activated.Pointer, factor, inner, _activated.Pointer);
        _head.Up.WeightGradient(_activated.Pointer, _logits.Pointer, rows, Gradients.Pointer + _head.Tensors[1].Offset);
        _head.Up.InputGradient(_logits.Pointer, rows, _activated.Pointer);
        _backend.Scale(_activated.Pointer, factor, inner, _activated.Pointer);
        _backend.SiluBackward(_inner.Pointer, _activated.Pointer, inner, _activated.Pointer);
        _head.Down.WeightGradient(_hidden.Pointer, _activated.Pointer, rows, Gradients.Pointer);
    }

    public void Dispose()
    {
        foreach (TrainingBuffer buffer in new[] { _hidden, _inner, _activated, _logits, Gradients })
        {
            buffer.Dispose();
        }
    }
}
