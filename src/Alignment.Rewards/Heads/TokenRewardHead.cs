using Alignment.Compute.Contract;
using Alignment.Inference.Guides;
using Alignment.Models;
using Alignment.Models.Checkpoints;

namespace Alignment.Rewards.Heads;

/// <summary>
/// A reward for every next token, from the hidden state that the pass made anyway: logits = up(act(down(hidden))) + bias, whose log-softmax
/// is log pi_r of GenARM (Xu et al., 2025) with the frozen model as its trunk. Owns its packed weights and its scratch.
/// </summary>
public sealed class TokenRewardHead : ILogitsHead, IDisposable
{
    internal const string Type = "token_reward";

    private readonly IBackend _backend;
    private readonly WeightMatrix _down;
    private readonly WeightMatrix _up;
    private readonly Tensor _bias;
    private readonly Tensor _inner;
    private readonly bool _usesSilu;

    internal TokenRewardHead(HeadConfig config, string folder, LanguageModel model)
    {
        (Name, _usesSilu, _backend) = (config.Name, config.UsesSilu, model.Transformer.Backend);
        using Checkpoint weights = Checkpoint.OpenFile(Path.Combine(folder, "head.safetensors"), model.Config);
        int vocabulary = model.Config.VocabularySize;
        _down = _backend.Pack([weights.Read("down.weight", config.Rank, model.Config.HiddenSize)]);
        _up = _backend.Pack([weights.Read("up.weight", vocabulary, config.Rank)]);
        _bias = _backend.CreateTensor(1, vocabulary);
        _backend.Upload(weights.ReadNumbers("bias", 1, vocabulary), 0, _bias);
        weights.RequireAllRead();
        _inner = _backend.CreateTensor(model.Transformer.Limits.MaxOutputs, config.Rank);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public void Project(Tensor hidden, int rows, Tensor logits)
    {
        _backend.MatMul(hidden, _down, null, [], rows, _inner);
        if (_usesSilu)
        {
            _backend.Silu(rows, _inner);
        }

        _backend.MatMul(_inner, _up, _bias, [], rows, logits);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable part in new IDisposable[] { _down, _up, _bias, _inner })
        {
            part.Dispose();
        }
    }
}
