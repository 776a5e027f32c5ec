using Alignment.Cli.Options;
using Alignment.Compute.Contract.NextToken;
using Alignment.Hosting.Devices;
using Alignment.Inference;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;

namespace Alignment.Cli.Engines;

/// <summary>A model folder that needs no tokenizer: weights and an engine with room for one sequence.</summary>
internal sealed class FrozenEngine : IAsyncDisposable
{
    private readonly Transformer _model;
    private readonly Engine _engine;
    private readonly IReadOnlyList<int> _endTokens;

    private FrozenEngine(Transformer model, int tokens)
    {
        _model = model;
        _engine = new Engine(model, new EngineOptions { MaxSessions = 1, MaxModelLength = tokens });
        _endTokens = model.Config.EosTokenIds;
    }

    /// <summary>Ids are below.</summary>
    public int VocabularySize => _model.Config.VocabularySize;

    /// <exception cref="UserMistakeException">The context has no room for so many tokens.</exception>
    /// <exception cref="DeviceUnavailableException">There is no such device, or it cannot be used.</exception>
    public static FrozenEngine Open(string folder, int tokens, string device)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        int context = checkpoint.Config.MaxPositions;
        return tokens >= 1 && tokens <= context
            ? new FrozenEngine(
                Transformer.Load(checkpoint, DeviceChoice.Open(device, threads: null).Backend, new TransformerLimits()), tokens)
            : throw new UserMistakeException($"{tokens} tokens do not fit a context of 1 to {context}");
    }

    /// <summary>log p of every token after the first, given those before it.</summary>
    public Task<float[]> ScoreAsync(int[] tokens, CancellationToken cancellation) => _engine.RunAsync(
        async session =>
        {
            float[] logProbabilities = new float[tokens.Length - 1];
            using Sequence sequence = session.CreateSequence(tokens, []);
            if (logProbabilities.Length > 0)
            {
                await sequence.ScoreAsync(1, logProbabilities);
            }

            return logProbabilities;
        },
        new SessionOptions(),
        cancellation);

    /// <summary>Tokens until one ends the response, which is left out, or <paramref name="count"/> are there.</summary>
    public Task<List<(int Id, float LogProbability)>> GenerateAsync(
        int[] prompt, int count, NextTokenRule rule, CancellationToken cancellation) => _engine.RunAsync(
        async session =>
        {
            List<(int Id, float LogProbability)> tokens = [];
            using Sequence sequence = session.CreateSequence(prompt, []);
            while (tokens.Count < count && await sequence.NextAsync(rule) is var choice && !_endTokens.Contains(choice.Token))
            {
                tokens.Add((choice.Token, choice.LogProbability));
            }

            return tokens;
        },
        new SessionOptions(),
        cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _model.Dispose();
        _model.Backend.Dispose();
    }
}
