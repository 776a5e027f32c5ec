using Alignment.Training.Rewards.Examples;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards.Features;

/// <summary>What one thread needs to run responses through the frozen model, each from where it differs from the one before.</summary>
internal sealed class FrozenRunner(TrainableTransformer model, int longest) : IDisposable
{
    private readonly TransformerWorker _worker = new(model, longest);
    private readonly SequenceActivations _activations = new(model, longest);
    private int[] _last = [];

    /// <summary>Tokens that were run, of all that were asked for.</summary>
    public long TokensRun { get; private set; }

    public void Read(ResponseTokens response, FeatureReading reading, Span<float> destination)
    {
        int shared = response.Tokens.AsSpan().CommonPrefixLength(_last);
        _worker.ForwardFrom(shared, response.Tokens, _activations);
        _last = response.Tokens;
        TokensRun += response.Tokens.Length - shared;
        reading.Read(new FrozenPass(model, _worker, _activations), response, destination);
    }

    public void Dispose()
    {
        _worker.Dispose();
        _activations.Dispose();
    }
}
