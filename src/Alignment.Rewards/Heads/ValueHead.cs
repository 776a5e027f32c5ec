using Alignment.Models;
using Alignment.Models.Checkpoints;

namespace Alignment.Rewards.Heads;

/// <summary>
/// Scores a response by the frozen model's hidden state at its end of turn: one linear map for each objective, on the host, in double
/// precision.
/// </summary>
public sealed class ValueHead
{
    internal const string Type = "value";

    private readonly float[] _weight;
    private readonly float[] _bias;

    internal ValueHead(HeadConfig config, string folder, LanguageModel model)
    {
        (Name, Objectives) = (config.Name, config.Objectives.Count > 0 ? config.Objectives : [config.Name]);
        using Checkpoint weights = Checkpoint.OpenFile(Path.Combine(folder, "head.safetensors"), model.Config);
        _weight = weights.ReadNumbers("weight", Objectives.Count, model.Config.HiddenSize);
        _bias = weights.ReadNumbers("bias", 1, Objectives.Count);
        weights.RequireAllRead();
    }

    /// <summary>As requests name it.</summary>
    public string Name { get; }

    /// <summary>What it scores, in the order of its outputs.</summary>
    public IReadOnlyList<string> Objectives { get; }

    /// <summary>The score of one objective for a hidden state <c>[hidden]</c>.</summary>
    public double Score(ReadOnlySpan<float> hidden, int objective)
    {
        double sum = _bias[objective];
        ReadOnlySpan<float> weight = _weight.AsSpan(objective * hidden.Length, hidden.Length);
        for (int i = 0; i < hidden.Length; i++)
        {
            sum += (double)weight[i] * hidden[i];
        }

        return sum;
    }
}
