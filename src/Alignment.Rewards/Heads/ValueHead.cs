using Alignment.Models;
using Alignment.Models.Checkpoints;

namespace Alignment.Rewards.Heads;

/// <summary>
/// Scores a response by the frozen model's hidden state at its end of turn, or at its last token: one linear map for each objective, on the
/// host, in double precision.
/// </summary>
public sealed class ValueHead
{
    /// <summary>The <c>type</c> of its config.</summary>
    public const string Type = "value";

    private readonly float[] _weight;
    private readonly float[] _bias;

    internal ValueHead(HeadConfig config, string folder, LanguageModel model)
    {
        (Name, ScoresPrefixes) = (config.Name, config.ScoresPrefixes);
        Objectives = config.Objectives.Count > 0 ? config.Objectives : [config.Name];
        using Checkpoint weights = Checkpoint.OpenFile(Path.Combine(folder, "head.safetensors"), model.Config);
        _weight = weights.ReadNumbers("weight", Objectives.Count, model.Config.HiddenSize);
        _bias = weights.ReadNumbers("bias", 1, Objectives.Count);
        weights.RequireAllRead();
    }

    /// <summary>As requests name it.</summary>
    public string Name { get; }

    /// <summary>Whether it was trained at every token, so that it scores a response which goes on at its last one.</summary>
    public bool ScoresPrefixes { get; }

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
