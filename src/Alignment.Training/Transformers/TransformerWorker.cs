using System.Runtime.InteropServices;
using Alignment.Compute.Memory;
using Alignment.Compute.Training;
using Alignment.Models.Configuration;

namespace Alignment.Training.Transformers;

/// <summary>
/// One thread's share of training: runs sequences forwards and backwards through a shared <see cref="TrainableTransformer"/> and sums the gradients
/// of its own sequences. Working sequence by sequence keeps the activations near the core and leaves nothing to wait for inside a step.
/// </summary>
public sealed unsafe class TransformerWorker : IDisposable
{
    /// <summary>Rows of logits at a time: 4 MB for a vocabulary of 4,096.</summary>
    private const int LogitRows = 256;

    private readonly TrainableTransformer _model;
    private readonly ModelConfig _config;
    private readonly GradientScope _scope;
    private readonly GemmScratch _scratch = new();
    private readonly CausalAttention _attention;
    private readonly NativeBuffer<float> _gradients;
    private readonly NativeBuffer<float> _logits;
    private readonly NativeBuffer<float> _packed;
    private readonly NativeBuffer<float> _dResidual;
    private readonly NativeBuffer<float> _dNormed;
    private readonly NativeBuffer<float> _dWide;
    private readonly NativeBuffer<float> _dActivated;

    /// <summary>Scratch and gradients for sequences of at most <paramref name="maxLength"/> tokens.</summary>
    public TransformerWorker(TrainableTransformer model, int maxLength, GradientScope scope = GradientScope.All)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _config, _scope) = (model, model.Config, scope);
        _attention = new CausalAttention(new AttentionShape(_config.Heads, _config.KeyValueHeads, _config.HeadSize), maxLength);
        _gradients = new(model.Layout.Length);
        _logits = new((long)LogitRows * _config.VocabularySize);
        _packed = new(PackedMatrix.Length(maxLength, Math.Max(_config.IntermediateSize, Math.Max(_config.HiddenSize, _config.QuerySize))));
        _dResidual = new((long)maxLength * _config.HiddenSize);
        _dNormed = new((long)maxLength * Math.Max(_config.HiddenSize, _config.QuerySize));
        _dWide = new((long)maxLength * Math.Max(2 * _config.IntermediateSize, Width));
        _dActivated = new((long)maxLength * _config.IntermediateSize);
    }

    /// <summary>Sums of gradients, laid out as the model's values. Whoever consumes them clears them.</summary>
    public NativeBuffer<float> Gradients => _gradients;

    private int Width => _config.QuerySize + (2 * _config.KeyValueSize);

    private float* Values => _model.Values.Pointer;

    /// <summary>Runs the tokens through the model; <see cref="SequenceActivations.Hidden"/> holds the result.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More tokens than the activations have room for.</exception>
    public void Forward(ReadOnlySpan<int> tokens, SequenceActivations activations)
    {
        ArgumentNullException.ThrowIfNull(activations);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens.Length, activations.MaxLength);
        activations.Length = tokens.Length;
        Embedding.Gather(Values + _model.Layout.Embedding, tokens, _config.HiddenSize, activations.Residual(0));
        for (int layer = 0; layer < _config.Layers; layer++)
        {
            ForwardAttention(activations, layer);
            ForwardFeedForward(activations, layer);
        }

        Normalize(activations.Residual(_config.Layers), _model.Layout.FinalNorm, tokens.Length, activations.Hidden, activations.FinalScales);
    }

    /// <summary>log p(target | prefix) for every position of the last forward pass.</summary>
    public void LogProbabilities(SequenceActivations activations, ReadOnlySpan<int> targets, Span<float> logProbabilities)
    {
        ArgumentNullException.ThrowIfNull(activations);
        for (int start = 0; start < targets.Length; start += LogitRows)
        {
            int rows = Math.Min(LogitRows, targets.Length - start);
            _model.Head.Forward(activations.Hidden + ((long)start * _config.HiddenSize), rows, accumulate: false, _logits.Pointer, _scratch);
            CrossEntropy.LogProbabilities(_logits.Pointer, targets.Slice(start, rows), _config.VocabularySize, logProbabilities.Slice(start, rows));
        }
    }

    /// <summary>
    /// Returns sum(-weights * log p(targets)) of the last forward pass of these activations and adds its gradient by every parameter in scope
    /// to <see cref="Gradients"/>. tokens, targets and weights have one entry per position.
    /// </summary>
    public double Backward(ReadOnlySpan<int> tokens, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, SequenceActivations activations)
    {
        ArgumentNullException.ThrowIfNull(activations);
        double loss = BackwardHead(activations, targets, weights);
        for (int layer = _config.Layers - 1; layer >= 0; layer--)
        {
            BackwardFeedForward(activations, layer);
            BackwardAttention(activations, layer);
        }

        if (_scope == GradientScope.All)
        {
            Embedding.ScatterAdd(_dResidual.Pointer, tokens, _config.HiddenSize, _gradients.Pointer + _model.Layout.Embedding);
        }

        return loss;
    }

    /// <summary>Starts the sums again from zero.</summary>
    public void ClearGradients() => NativeMemory.Clear(_gradients.Pointer, (nuint)(_gradients.Length * sizeof(float)));

    /// <inheritdoc/>
    public void Dispose()
    {
        _scratch.Dispose();
        _attention.Dispose();
        foreach (SafeHandle buffer in new SafeHandle[] { _gradients, _logits, _packed, _dResidual, _dNormed, _dWide, _dActivated })
        {
            buffer.Dispose();
        }
    }

    private void ForwardAttention(SequenceActivations activations, int layer)
    {
        PackedLayer weights = _model.Layers[layer];
        int length = activations.Length;
        float* normed = activations.InputNormed(layer);
        float* qkv = activations.QueryKeyValue(layer);
        Normalize(activations.Residual(layer), weights.Offsets.InputNorm, length, normed, activations.InputScales(layer));
        weights.QueryKeyValue.Forward(normed, length, accumulate: false, qkv, _scratch);
        if (_config.AttentionBias)
        {
            AddBias(Values + weights.Offsets.QueryKeyValueBias, length, Width, qkv);
        }

        if (_config.QueryKeyNorm)
        {
            Copy(qkv, (long)length * Width, activations.RawQueryKeyValue(layer));
            NormalizeHeads(activations, layer);
        }

        fixed (float* cosines = _model.Rotary.Cosines, sines = _model.Rotary.Sines)
        {
            Rotary.Forward(cosines, sines, length, _config.Heads + _config.KeyValueHeads, _config.HeadSize, qkv, Width);
        }

        _attention.Forward(qkv, length, activations.Attended(layer), activations.LogSums(layer));
        Copy(activations.Residual(layer), (long)length * _config.HiddenSize, activations.Middle(layer));
        weights.Output.Forward(activations.Attended(layer), length, accumulate: true, activations.Middle(layer), _scratch);
    }

    private void ForwardFeedForward(SequenceActivations activations, int layer)
    {
        PackedLayer weights = _model.Layers[layer];
        int length = activations.Length;
        Normalize(activations.Middle(layer), weights.Offsets.MiddleNorm, length, activations.MiddleNormed(layer), activations.MiddleScales(layer));
        weights.GateUp.Forward(activations.MiddleNormed(layer), length, accumulate: false, activations.GateUp(layer), _scratch);
        SwiGlu.Forward(activations.GateUp(layer), length, _config.IntermediateSize, activations.Activated(layer));
        Copy(activations.Middle(layer), (long)length * _config.HiddenSize, activations.Residual(layer + 1));
        weights.Down.Forward(activations.Activated(layer), length, accumulate: true, activations.Residual(layer + 1), _scratch);
    }

    /// <summary>Loss, head gradient, and the gradient by the last residual in _dResidual.</summary>
    private double BackwardHead(SequenceActivations activations, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights)
    {
        double loss = 0;
        for (int start = 0; start < targets.Length; start += LogitRows)
        {
            int rows = Math.Min(LogitRows, targets.Length - start);
            float* hidden = activations.Hidden + ((long)start * _config.HiddenSize);
            _model.Head.Forward(hidden, rows, accumulate: false, _logits.Pointer, _scratch);
            loss += CrossEntropy.ForwardBackward(_logits.Pointer, targets.Slice(start, rows), weights.Slice(start, rows), _config.VocabularySize);
            _model.Head.InputGradient(_logits.Pointer, rows, _dNormed.Pointer + ((long)start * _config.HiddenSize), _scratch);
            if (_scope == GradientScope.All)
            {
                _model.Head.WeightGradient(hidden, _logits.Pointer, rows, _packed.Pointer, _gradients.Pointer, _scratch);
            }
        }

        float* residual = activations.Residual(_config.Layers);
        BackwardNorm(residual, _model.Layout.FinalNorm, activations.FinalScales, activations.Length, accumulate: false);
        return loss;
    }

    private void BackwardFeedForward(SequenceActivations activations, int layer)
    {
        PackedLayer weights = _model.Layers[layer];
        int length = activations.Length;
        weights.Down.InputGradient(_dResidual.Pointer, length, _dActivated.Pointer, _scratch);
        SwiGlu.Backward(activations.GateUp(layer), _dActivated.Pointer, length, _config.IntermediateSize, _dWide.Pointer);
        weights.GateUp.InputGradient(_dWide.Pointer, length, _dNormed.Pointer, _scratch);
        if (_scope == GradientScope.All)
        {
            WeightGradient(weights.Down, activations.Activated(layer), _dResidual.Pointer, length);
            WeightGradient(weights.GateUp, activations.MiddleNormed(layer), _dWide.Pointer, length);
        }

        BackwardNorm(activations.Middle(layer), weights.Offsets.MiddleNorm, activations.MiddleScales(layer), length, accumulate: true);
    }

    private void BackwardAttention(SequenceActivations activations, int layer)
    {
        PackedLayer weights = _model.Layers[layer];
        int length = activations.Length;
        WeightGradient(weights.Output, activations.Attended(layer), _dResidual.Pointer, length);
        weights.Output.InputGradient(_dResidual.Pointer, length, _dNormed.Pointer, _scratch);
        _attention.Backward(
            activations.QueryKeyValue(layer), activations.Attended(layer), activations.LogSums(layer), _dNormed.Pointer, length, _dWide.Pointer);
        fixed (float* cosines = _model.Rotary.Cosines, sines = _model.Rotary.Sines)
        {
            Rotary.Backward(cosines, sines, length, _config.Heads + _config.KeyValueHeads, _config.HeadSize, _dWide.Pointer, Width);
        }

        if (_config.QueryKeyNorm)
        {
            BackwardHeadNorms(activations, layer);
        }

        if (_config.AttentionBias)
        {
            AddRows(_dWide.Pointer, length, Width, _gradients.Pointer + weights.Offsets.QueryKeyValueBias);
        }

        WeightGradient(weights.QueryKeyValue, activations.InputNormed(layer), _dWide.Pointer, length);
        weights.QueryKeyValue.InputGradient(_dWide.Pointer, length, _dNormed.Pointer, _scratch);
        BackwardNorm(activations.Residual(layer), weights.Offsets.InputNorm, activations.InputScales(layer), length, accumulate: true);
    }

    private void Normalize(float* x, long weight, int length, float* y, float* scales)
        => RmsNorm.Forward(x, _config.HiddenSize, Values + weight, length, _config.HiddenSize, _config.RmsNormEpsilon, y, _config.HiddenSize, scales);

    /// <summary>From _dNormed to _dResidual.</summary>
    private void BackwardNorm(float* x, long weight, float* scales, int length, bool accumulate)
        => RmsNorm.Backward(
            x, _config.HiddenSize, Values + weight, scales, _dNormed.Pointer, _config.HiddenSize, length, _config.HiddenSize, accumulate,
            _dResidual.Pointer, _config.HiddenSize, _gradients.Pointer + weight);

    private void WeightGradient(PackedLinear linear, float* x, float* dy, int length)
        => linear.WeightGradient(x, dy, length, _packed.Pointer, _gradients.Pointer, _scratch);

    private void NormalizeHeads(SequenceActivations activations, int layer)
    {
        for (int head = 0; head < _config.Heads + _config.KeyValueHeads; head++)
        {
            long column = (long)head * _config.HeadSize;
            RmsNorm.Forward(
                activations.RawQueryKeyValue(layer) + column, Width, Values + HeadNorm(layer, head), activations.Length, _config.HeadSize, _config.RmsNormEpsilon,
                activations.QueryKeyValue(layer) + column, Width, activations.HeadScales(layer) + ((long)head * activations.Length));
        }
    }

    private void BackwardHeadNorms(SequenceActivations activations, int layer)
    {
        for (int head = 0; head < _config.Heads + _config.KeyValueHeads; head++)
        {
            long column = (long)head * _config.HeadSize;
            RmsNorm.Backward(
                activations.RawQueryKeyValue(layer) + column, Width, Values + HeadNorm(layer, head), activations.HeadScales(layer) + ((long)head * activations.Length),
                _dWide.Pointer + column, Width, activations.Length, _config.HeadSize, accumulate: false,
                _dWide.Pointer + column, Width, _gradients.Pointer + HeadNorm(layer, head));
        }
    }

    private long HeadNorm(int layer, int head)
        => head < _config.Heads ? _model.Layers[layer].Offsets.QueryNorm : _model.Layers[layer].Offsets.KeyNorm;

    private static void AddBias(float* bias, int rows, int size, float* y)
    {
        for (int row = 0; row < rows; row++)
        {
            AdamW.Accumulate(bias, size, y + ((long)row * size));
        }
    }

    private static void AddRows(float* x, int rows, int size, float* sum)
    {
        for (int row = 0; row < rows; row++)
        {
            AdamW.Accumulate(x + ((long)row * size), size, sum);
        }
    }

    private static void Copy(float* source, long length, float* target)
        => Buffer.MemoryCopy(source, target, length * sizeof(float), length * sizeof(float));
}
