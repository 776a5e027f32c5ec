using Alignment.Compute.Contract.Training;
using Alignment.Models.Configuration;

namespace Alignment.Training.Transformers;

/// <summary>
/// Runs sequences forwards and backwards through a shared <see cref="TrainableTransformer"/>, one thread at a time. Working sequence by
/// sequence keeps the activations near the core and leaves nothing to wait for inside a step.
/// </summary>
public sealed unsafe class TransformerWorker : IDisposable
{
    /// <summary>Rows of logits at a time: 4 MB for a vocabulary of 4,096.</summary>
    private const int LogitRows = 256;

    private readonly TrainableTransformer _model;
    private readonly ITrainingBackend _backend;
    private readonly ModelConfig _config;
    private readonly AttentionShape _shape;
    private readonly GradientScope _scope;
    private readonly TrainingBuffer _logits;
    private readonly TrainingBuffer _dResidual;
    private readonly TrainingBuffer _dNormed;
    private readonly TrainingBuffer _dWide;
    private readonly TrainingBuffer _dActivated;
    private float* _gradients; // of the backward pass that is running

    /// <summary>Scratch for sequences of at most <paramref name="maxLength"/> tokens.</summary>
    public TransformerWorker(TrainableTransformer model, int maxLength, GradientScope scope = GradientScope.All)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _backend, _config, _scope) = (model, model.Backend, model.Config, scope);
        _shape = new AttentionShape(_config.Heads, _config.KeyValueHeads, _config.HeadSize);
        _logits = _backend.Allocate((long)LogitRows * _config.VocabularySize);
        _dResidual = _backend.Allocate((long)maxLength * _config.HiddenSize);
        _dNormed = _backend.Allocate((long)maxLength * Math.Max(_config.HiddenSize, _config.QuerySize));
        _dWide = _backend.Allocate((long)maxLength * Math.Max(2 * _config.IntermediateSize, Width));
        _dActivated = _backend.Allocate((long)maxLength * _config.IntermediateSize);
    }

    private int Width => _config.QuerySize + (2 * _config.KeyValueSize);

    private float* Values => _model.Values.Pointer;

    /// <summary>Runs the tokens of one document through the model; <see cref="SequenceActivations.Hidden"/> holds the result.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More tokens than the activations have room for.</exception>
    public void Forward(ReadOnlySpan<int> tokens, SequenceActivations activations) => Forward(tokens, [0], activations);

    /// <summary>
    /// Runs several documents, one behind the other. None attends to another; the positions go on from one to the next, which changes
    /// nothing, since rotary positions count by their differences alone.
    /// </summary>
    /// <param name="tokens">Of all documents.</param>
    /// <param name="starts">Where each begins: ascending from 0.</param>
    /// <param name="activations">Keep what <see cref="Backward"/> needs.</param>
    /// <exception cref="ArgumentOutOfRangeException">More tokens than the activations have room for.</exception>
    /// <exception cref="ArgumentException">The starts do not ascend from 0 within the tokens.</exception>
    public void Forward(ReadOnlySpan<int> tokens, ReadOnlySpan<int> starts, SequenceActivations activations)
    {
        ArgumentNullException.ThrowIfNull(activations);
        activations.Begin(tokens.Length, starts);
        ForwardRows(0, tokens, activations);
    }

    /// <summary>
    /// Runs the tokens of one document of which the first so many were the first of the document before: what they left in the activations
    /// stands, and only the others are computed. Every number is what <see cref="Forward(ReadOnlySpan{int}, SequenceActivations)"/> gives;
    /// there is no <see cref="Backward"/> afterwards.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">More tokens than the activations have room for, or fewer than are kept.</exception>
    public void ForwardFrom(int kept, ReadOnlySpan<int> tokens, SequenceActivations activations)
    {
        ArgumentNullException.ThrowIfNull(activations);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(kept, Math.Min(tokens.Length, activations.Length));
        activations.Begin(tokens.Length, [0]);
        if (kept < tokens.Length)
        {
            ForwardRows(kept, tokens, activations);
        }
    }

    /// <summary>log p(target | prefix) for every position of the last forward pass.</summary>
    public void LogProbabilities(SequenceActivations activations, ReadOnlySpan<int> targets, Span<float> logProbabilities)
    {
        ArgumentNullException.ThrowIfNull(activations);
        for (int start = 0; start < targets.Length; start += LogitRows)
        {
            int rows = Math.Min(LogitRows, targets.Length - start);
            _model.Head.Forward(activations.Hidden + ((long)start * _config.HiddenSize), rows, accumulate: false, _logits.Pointer);
            _backend.LogProbabilities(
                _logits.Pointer, targets.Slice(start, rows), _config.VocabularySize, logProbabilities.Slice(start, rows));
        }
    }

    /// <summary>
    /// Returns sum(-weights * log p(targets)) of the last forward pass of these activations and adds its gradient by every parameter in
    /// scope to <paramref name="gradients"/>, which are laid out as the model's values. tokens, targets and weights have one entry per
    /// position.
    /// </summary>
    public double Backward(
        ReadOnlySpan<int> tokens,
        ReadOnlySpan<int> targets,
        ReadOnlySpan<float> weights,
        SequenceActivations activations,
        TrainingBuffer gradients)
    {
        ArgumentNullException.ThrowIfNull(activations);
        ArgumentNullException.ThrowIfNull(gradients);
        _gradients = gradients.Pointer;
        double loss = BackwardHead(activations, targets, weights);
        for (int layer = _config.Layers - 1; layer >= 0; layer--)
        {
            BackwardFeedForward(activations, layer);
            BackwardAttention(activations, layer);
        }

        if (_scope == GradientScope.All)
        {
            _backend.ScatterAdd(_dResidual.Pointer, tokens, _config.HiddenSize, _gradients + _model.Layout.Embedding);
        }

        return loss;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TrainingBuffer buffer in new[] { _logits, _dResidual, _dNormed, _dWide, _dActivated })
        {
            buffer.Dispose();
        }
    }

    /// <summary>The rows from <paramref name="first"/> on; those before are already there.</summary>
    private void ForwardRows(int first, ReadOnlySpan<int> tokens, SequenceActivations activations)
    {
        long start = (long)first * _config.HiddenSize;
        _backend.Gather(
            Values + _model.Layout.Embedding, tokens[first..], _config.HiddenSize, activations.Residual(0) + start);
        for (int layer = 0; layer < _config.Layers; layer++)
        {
            ForwardAttention(first, activations, layer);
            ForwardFeedForward(first, activations, layer);
        }

        Normalize(
            activations.Residual(_config.Layers) + start,
            _model.Layout.FinalNorm,
            tokens.Length - first,
            activations.Hidden + start,
            activations.FinalScales + first);
    }

    /// <summary>All rows attend anew: against the projections that is little, and those before come out as they were.</summary>
    private void ForwardAttention(int first, SequenceActivations activations, int layer)
    {
        LayerWeights weights = _model.Layers[layer];
        int length = activations.Length - first;
        long start = (long)first * _config.HiddenSize;
        float* normed = activations.InputNormed(layer) + start;
        float* qkv = activations.QueryKeyValue(layer) + ((long)first * Width);
        Normalize(
            activations.Residual(layer) + start, weights.Offsets.InputNorm, length, normed, activations.InputScales(layer) + first);
        weights.QueryKeyValue.Forward(normed, length, accumulate: false, qkv);
        if (_config.AttentionBias)
        {
            _backend.AddBias(Values + weights.Offsets.QueryKeyValueBias, length, Width, qkv);
        }

        if (_config.QueryKeyNorm)
        {
            _backend.Copy(qkv, (long)length * Width, activations.RawQueryKeyValue(layer) + ((long)first * Width));
            NormalizeHeads(first, activations, layer);
        }

        long angles = (long)first * _config.HeadSize / 2;
        _backend.RotaryForward(
            _model.Cosines + angles,
            _model.Sines + angles,
            length,
            _config.Heads + _config.KeyValueHeads,
            _config.HeadSize,
            qkv,
            Width);
        Attend(activations, layer);
        _backend.Copy(activations.Residual(layer) + start, (long)length * _config.HiddenSize, activations.Middle(layer) + start);
        weights.Output.Forward(
            activations.Attended(layer) + ((long)first * _config.QuerySize), length, accumulate: true, activations.Middle(layer) + start);
    }

    private void Attend(SequenceActivations activations, int layer)
    {
        for (int document = 0; document < activations.Documents; document++)
        {
            (int start, int rows) = activations.Document(document);
            _backend.AttentionForward(
                _shape,
                activations.QueryKeyValue(layer) + ((long)start * Width),
                rows,
                activations.Attended(layer) + ((long)start * _config.QuerySize),
                activations.LogSums(layer) + ((long)start * _config.Heads));
        }
    }

    private void ForwardFeedForward(int first, SequenceActivations activations, int layer)
    {
        LayerWeights weights = _model.Layers[layer];
        int length = activations.Length - first;
        long start = (long)first * _config.HiddenSize;
        float* normed = activations.MiddleNormed(layer) + start;
        float* gateUp = activations.GateUp(layer) + (2L * first * _config.IntermediateSize);
        float* activated = activations.Activated(layer) + ((long)first * _config.IntermediateSize);
        float* residual = activations.Residual(layer + 1) + start;
        Normalize(
            activations.Middle(layer) + start, weights.Offsets.MiddleNorm, length, normed, activations.MiddleScales(layer) + first);
        weights.GateUp.Forward(normed, length, accumulate: false, gateUp);
        _backend.SwiGluForward(gateUp, length, _config.IntermediateSize, activated);
        _backend.Copy(activations.Middle(layer) + start, (long)length * _config.HiddenSize, residual);
        weights.Down.Forward(activated, length, accumulate: true, residual);
    }

    /// <summary>Loss, head gradient, and the gradient by the last residual in _dResidual.</summary>
    private double BackwardHead(SequenceActivations activations, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights)
    {
        double loss = 0;
        for (int start = 0; start < targets.Length; start += LogitRows)
        {
            int rows = Math.Min(LogitRows, targets.Length - start);
            float* hidden = activations.Hidden + ((long)start * _config.HiddenSize);
            _model.Head.Forward(hidden, rows, accumulate: false, _logits.Pointer);
            loss += _backend.CrossEntropyForwardBackward(
                _logits.Pointer, targets.Slice(start, rows), weights.Slice(start, rows), _config.VocabularySize);
            _model.Head.InputGradient(_logits.Pointer, rows, _dNormed.Pointer + ((long)start * _config.HiddenSize));
            if (_scope == GradientScope.All)
            {
                _model.Head.WeightGradient(hidden, _logits.Pointer, rows, _gradients + _model.Layout.Head);
            }
        }

        float* residual = activations.Residual(_config.Layers);
        BackwardNorm(residual, _model.Layout.FinalNorm, activations.FinalScales, activations.Length, accumulate: false);
        return loss;
    }

    private void BackwardFeedForward(SequenceActivations activations, int layer)
    {
        LayerWeights weights = _model.Layers[layer];
        int length = activations.Length;
        weights.Down.InputGradient(_dResidual.Pointer, length, _dActivated.Pointer);
        _backend.SwiGluBackward(activations.GateUp(layer), _dActivated.Pointer, length, _config.IntermediateSize, _dWide.Pointer);
        weights.GateUp.InputGradient(_dWide.Pointer, length, _dNormed.Pointer);
        if (_scope == GradientScope.All)
        {
            weights.Down.WeightGradient(
                activations.Activated(layer), _dResidual.Pointer, length, _gradients + weights.Offsets.Down);
            weights.GateUp.WeightGradient(
                activations.MiddleNormed(layer), _dWide.Pointer, length, _gradients + weights.Offsets.GateUp);
        }

        BackwardNorm(activations.Middle(layer), weights.Offsets.MiddleNorm, activations.MiddleScales(layer), length, accumulate: true);
    }

    private void BackwardAttention(SequenceActivations activations, int layer)
    {
        LayerWeights weights = _model.Layers[layer];
        int length = activations.Length;
        weights.Output.WeightGradient(activations.Attended(layer), _dResidual.Pointer, length, _gradients + weights.Offsets.Output);
        weights.Output.InputGradient(_dResidual.Pointer, length, _dNormed.Pointer);
        for (int document = 0; document < activations.Documents; document++)
        {
            (int start, int rows) = activations.Document(document);
            _backend.AttentionBackward(
                _shape,
                activations.QueryKeyValue(layer) + ((long)start * Width),
                activations.Attended(layer) + ((long)start * _config.QuerySize),
                activations.LogSums(layer) + ((long)start * _config.Heads),
                _dNormed.Pointer + ((long)start * _config.QuerySize),
                rows,
                _dWide.Pointer + ((long)start * Width));
        }

        _backend.RotaryBackward(
            _model.Cosines, _model.Sines, length, _config.Heads + _config.KeyValueHeads, _config.HeadSize, _dWide.Pointer, Width);
        if (_config.QueryKeyNorm)
        {
            BackwardHeadNorms(activations, layer);
        }

        if (_config.AttentionBias)
        {
            _backend.SumRows(_dWide.Pointer, length, Width, factor: 1, _gradients + weights.Offsets.QueryKeyValueBias);
        }

        weights.QueryKeyValue.WeightGradient(
            activations.InputNormed(layer), _dWide.Pointer, length, _gradients + weights.Offsets.QueryKeyValue);
        weights.QueryKeyValue.InputGradient(_dWide.Pointer, length, _dNormed.Pointer);
        BackwardNorm(activations.Residual(layer), weights.Offsets.InputNorm, activations.InputScales(layer), length, accumulate: true);
    }

    private void Normalize(float* x, long weight, int length, float* y, float* scales)
        => _backend.RmsNormForward(
            x, _config.HiddenSize, Values + weight, length, _config.HiddenSize, _config.RmsNormEpsilon, y, _config.HiddenSize, scales);

    /// <summary>From _dNormed to _dResidual.</summary>
    private void BackwardNorm(float* x, long weight, float* scales, int length, bool accumulate)
        => _backend.RmsNormBackward(
            x, _config.HiddenSize, Values + weight, scales, _dNormed.Pointer, _config.HiddenSize, length, _config.HiddenSize, accumulate,
            _dResidual.Pointer, _config.HiddenSize, _gradients + weight);

    private void NormalizeHeads(int first, SequenceActivations activations, int layer)
    {
        long start = (long)first * Width;
        for (int head = 0; head < _config.Heads + _config.KeyValueHeads; head++)
        {
            long column = (long)head * _config.HeadSize;
            _backend.RmsNormForward(
                activations.RawQueryKeyValue(layer) + start + column,
                Width,
                Values + HeadNorm(layer, head),
                activations.Length - first,
                _config.HeadSize,
                _config.RmsNormEpsilon,
                activations.QueryKeyValue(layer) + start + column,
                Width,
                activations.HeadScales(layer) + ((long)head * activations.Length) + first);
        }
    }

    private void BackwardHeadNorms(SequenceActivations activations, int layer)
    {
        for (int head = 0; head < _config.Heads + _config.KeyValueHeads; head++)
        {
            long column = (long)head * _config.HeadSize;
            _backend.RmsNormBackward(
                activations.RawQueryKeyValue(layer) + column, Width, Values + HeadNorm(layer, head), activations.HeadScales(layer) + (
                    (long)head * activations.Length),
                _dWide.Pointer + column, Width, activations.Length, _config.HeadSize, accumulate: false,
                _dWide.Pointer + column, Width, _gradients + HeadNorm(layer, head));
        }
    }

    private long HeadNorm(int layer, int head)
        => head < _config.Heads ? _model.Layers[layer].Offsets.QueryNorm : _model.Layers[layer].Offsets.KeyNorm;
}
