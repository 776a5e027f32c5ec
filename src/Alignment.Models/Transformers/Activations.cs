using Alignment.Compute.Contract;
using Alignment.Models.Configuration;

namespace Alignment.Models.Transformers;

/// <summary>The tensors that every forward pass reuses.</summary>
internal sealed class Activations(IBackend backend, ModelConfig config, TransformerLimits limits) : IDisposable
{
    public Tensor Residual { get; } = backend.CreateTensor(limits.MaxRows, config.HiddenSize);

    public Tensor Normed { get; } = backend.CreateTensor(limits.MaxRows, config.HiddenSize);

    public Tensor Delta { get; } = backend.CreateTensor(limits.MaxRows, config.HiddenSize);

    public Tensor QueryKeyValue { get; } = backend.CreateTensor(limits.MaxRows, config.QuerySize + (2 * config.KeyValueSize));

    public Tensor Attended { get; } = backend.CreateTensor(limits.MaxRows, config.QuerySize);

    public Tensor GateUp { get; } = backend.CreateTensor(limits.MaxRows, 2 * config.IntermediateSize);

    public Tensor Activated { get; } = backend.CreateTensor(limits.MaxRows, config.IntermediateSize);

    public Tensor Hidden { get; } = backend.CreateTensor(limits.MaxOutputs, config.HiddenSize);

    public Tensor Logits { get; } = backend.CreateTensor(limits.MaxOutputs, config.VocabularySize);

    /// <summary>Hidden states in the order of <see cref="TapPlan"/>; null where no pass may tap.</summary>
    public Tensor? Gathered { get; } = limits.MaxTaps > 0 ? backend.CreateTensor(limits.MaxTaps, config.HiddenSize) : null;

    /// <summary>The same in the order of the batch.</summary>
    public Tensor? Tapped { get; } = limits.MaxTaps > 0 ? backend.CreateTensor(limits.MaxTaps, config.HiddenSize) : null;

    public void Dispose()
    {
        foreach (Tensor tensor in new[] { Residual, Normed, Delta, QueryKeyValue, Attended, GateUp, Activated, Hidden, Logits })
        {
            tensor.Dispose();
        }

        Gathered?.Dispose();
        Tapped?.Dispose();
    }
}
