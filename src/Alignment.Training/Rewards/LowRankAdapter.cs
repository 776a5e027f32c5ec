using System.Runtime.InteropServices;
using Alignment.Compute.Memory;
using Alignment.Compute.Random;
using Alignment.Compute.Threading;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards;

/// <summary>
/// LoRA (Hu et al., 2021) over the attention projections of a model in training. The adapter is merged into the model before every pass, so that the ordinary
/// backward pass yields its gradient by the chain rule. B starts at zero: the adapted model starts as the frozen one.
/// </summary>
internal sealed unsafe class LowRankAdapter : IDisposable
{
    private static readonly string[] s_targets = ["q_proj.weight", "k_proj.weight", "v_proj.weight", "o_proj.weight"];

    private readonly TrainableTransformer _model;
    private readonly NativeBuffer<float> _frozen;

    public LowRankAdapter(TrainableTransformer model, int rank, float alpha, ulong seed)
    {
        _model = model;
        _frozen = new(model.Values.Length);
        NativeMemory.Copy(model.Values.Pointer, _frozen.Pointer, (nuint)(_frozen.Length * sizeof(float)));
        List<ParameterTensor> tensors = [];
        Pairs = [.. model.Layout.Tensors.Where(tensor => s_targets.Any(target => tensor.Name.EndsWith(target, StringComparison.Ordinal))).Select(target => AddPair(target, rank, alpha / rank, tensors))];
        Tensors = tensors;
        Values = new(tensors[^1].Offset + tensors[^1].Length);
        foreach (LowRankPair pair in Pairs)
        {
            float width = 1 / MathF.Sqrt(pair.Target.Shape[1]);
            for (long i = pair.A.Offset; i < pair.A.Offset + pair.A.Length; i++)
            {
                Values[i] = width * (float)((2 * Philox.Uniform(seed, (ulong)i, 0)) - 1);
            }
        }
    }

    public LowRankPair[] Pairs { get; }

    /// <summary>A and B of every pair, under PEFT's names.</summary>
    public IReadOnlyList<ParameterTensor> Tensors { get; }

    public NativeBuffer<float> Values { get; }

    /// <summary>Makes the model the adapted one.</summary>
    public void Merge(ThreadTeam team)
    {
        foreach (LowRankPair pair in Pairs)
        {
            pair.Merge(Values.Pointer, _frozen.Pointer, _model.Values.Pointer);
        }

        _model.Repack(team);
    }

    /// <summary>Adds the adapter's gradient, given the model's.</summary>
    public void Backward(NativeBuffer<float> modelGradients, NativeBuffer<float> gradients)
    {
        foreach (LowRankPair pair in Pairs)
        {
            pair.Backward(Values.Pointer, modelGradients.Pointer, gradients.Pointer);
        }
    }

    public void Dispose()
    {
        _frozen.Dispose();
        Values.Dispose();
    }

    private static LowRankPair AddPair(ParameterTensor target, int rank, float scale, List<ParameterTensor> tensors)
    {
        string name = "base_model.model." + target.Name[..^".weight".Length];
        ParameterTensor a = new(name + ".lora_A.weight", [rank, target.Shape[1]], tensors.Count == 0 ? 0 : tensors[^1].Offset + tensors[^1].Length);
        ParameterTensor b = new(name + ".lora_B.weight", [target.Shape[0], rank], a.Offset + a.Length);
        tensors.Add(a);
        tensors.Add(b);
        return new LowRankPair(target, a, b, rank, scale);
    }
}
