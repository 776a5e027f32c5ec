using Alignment.Compute.Contract.Random;
using Alignment.Compute.Contract.Training;
using Alignment.Models.Blueprints;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards.Adapters;

/// <summary>
/// LoRA (Hu et al., 2021) over the attention projections of a model in training. The adapter is merged into the model before every pass, so
/// that the ordinary backward pass yields its gradient by the chain rule. B starts at zero: the adapted model starts as the frozen one.
/// </summary>
internal sealed unsafe class LoraAdapter : IDisposable
{
    /// <summary>What it adapts in every layer.</summary>
    public static readonly IReadOnlyList<WeightRole> Targets = [WeightRole.Query, WeightRole.Key, WeightRole.Value, WeightRole.Output];

    private readonly TrainableTransformer _model;
    private readonly ITrainingBackend _backend;
    private readonly TrainingBuffer _frozen;
    private readonly TrainingBuffer _scaled;

    public LoraAdapter(TrainableTransformer model, int rank, float alpha, ulong seed)
    {
        (_model, _backend) = (model, model.Backend);
        List<ParameterTensor> tensors = [];
        long frozen = 0;
        List<LoraPair> pairs = [];
        foreach (ParameterTensor tensor in model.Layout.Tensors.Where(tensor => Targets.Contains(tensor.Weight!.Role)))
        {
            pairs.Add(AddPair(tensor, rank, alpha / rank, frozen, tensors));
            frozen += tensor.Length;
        }

        (Pairs, Tensors) = ([.. pairs], tensors);
        _frozen = _backend.Allocate(frozen);
        pairs.ForEach(pair => _backend.Copy(model.Values.Pointer + pair.Target.Offset, pair.Target.Length, _frozen.Pointer + pair.Frozen));
        Values = _backend.Allocate(tensors[^1].Offset + tensors[^1].Length);
        _scaled = _backend.Allocate(tensors.Max(tensor => tensor.Length));
        foreach (LoraPair pair in Pairs)
        {
            float width = 1 / MathF.Sqrt(pair.Target.Shape[1]);
            Values.Write(
                pair.A.Offset,
                [
                    .. Enumerable.Range(0, (int)pair.A.Length).Select(
                        i => width * (float)((2 * Philox.Uniform(seed, (ulong)(pair.A.Offset + i), 0)) - 1)),
                ]);
        }
    }

    public LoraPair[] Pairs { get; }

    /// <summary>A and B of every pair, under PEFT's names.</summary>
    public IReadOnlyList<ParameterTensor> Tensors { get; }

    public TrainingBuffer Values { get; }

    /// <summary>Makes the model the adapted one.</summary>
    public void Merge()
    {
        foreach (LoraPair pair in Pairs)
        {
            pair.Merge(Values.Pointer, _frozen.Pointer, _backend, _scaled.Pointer, _model.Values.Pointer);
        }

        _model.Refresh();
    }

    /// <summary>Adds the adapter's gradient, given the model's.</summary>
    public void Backward(TrainingBuffer modelGradients, TrainingBuffer gradients)
    {
        foreach (LoraPair pair in Pairs)
        {
            pair.Backward(Values.Pointer, modelGradients.Pointer, _backend, _scaled.Pointer, gradients.Pointer);
        }
    }

    public void Dispose()
    {
        _frozen.Dispose();
        _scaled.Dispose();
        Values.Dispose();
    }

    private static LoraPair AddPair(ParameterTensor target, int rank, float scale, long frozen, List<ParameterTensor> tensors)
    {
        ParameterTensor a = new(
            AdapterNames.A(target.Weight!), [rank, target.Shape[1]], tensors.Count == 0 ? 0 : tensors[^1].Offset + tensors[^1].Length);
        ParameterTensor b = new(AdapterNames.B(target.Weight!), [target.Shape[0], rank], a.Offset + a.Length);
        tensors.Add(a);
        tensors.Add(b);
        return new LoraPair(target, a, b, rank, scale, frozen);
    }
}
