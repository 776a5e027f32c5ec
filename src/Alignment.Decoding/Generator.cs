using System.Runtime.CompilerServices;
using Alignment.Decoding.Methods;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models;
using Alignment.Rewards;

namespace Alignment.Decoding;

/// <summary>Generates with one model over its engine. Owns neither.</summary>
public sealed class Generator : IGenerator
{
    private readonly LanguageModel _model;
    private readonly ModelRewards _rewards;
    private readonly Engine _engine;
    private readonly GenerationLimits _limits;
    private readonly RequestPreparer _preparer;
    private readonly ShadowScorer? _shadows;

    /// <summary>A generator for a model, its rewards and its engine, with the methods that requests may name.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rewards">Its rewards.</param>
    /// <param name="engine">Its engine.</param>
    /// <param name="limits">What one request may ask for.</param>
    /// <param name="methods">What a request's search is looked up in.</param>
    /// <param name="shadows">Names of rewards that watch whatever they do not act on; null: none.</param>
    public Generator(
        LanguageModel model,
        ModelRewards rewards,
        Engine engine,
        GenerationLimits limits,
        MethodCatalog methods,
        IReadOnlyCollection<string>? shadows = null)
    {
        (_model, _rewards, _engine, _limits, Methods) = (model, rewards, engine, limits, methods);
        _preparer = new RequestPreparer(model, rewards, engine.Cache, limits);
        _shadows = shadows is { Count: > 0 }
            ? new ShadowScorer(model, engine, shadows.Select(name => rewards.Rewards[name]), limits.MaxForwardTokens)
            : null;
    }

    /// <summary>What a request's search is looked up in.</summary>
    public MethodCatalog Methods { get; }

    /// <summary>Makes what watches over each response before it leaves; null: nothing does.</summary>
    internal Func<IResponseStage>? Guard { get; init; }

    /// <inheritdoc/>
    public bool Healthy => _engine.Healthy;

    /// <inheritdoc/>
    public EngineStatistics Statistics => _engine.Statistics;

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(Prompt prompt, CancellationToken cancellation = default)
    {
        ProblemCollection problems = [];
        int[] tokens = _preparer.Encode(prompt, int.MaxValue, problems, cancellation) ?? [];
        RequestValidator.CheckTokens(tokens, _model.Tokenizer.VocabularySize, "prompt", problems);
        InvalidRequestException.ThrowIfAny(problems);
        return tokens;
    }

    /// <inheritdoc/>
    public string Decode(IReadOnlyList<int> tokens)
    {
        ProblemCollection problems = [];
        RequestValidator.CheckTokens(tokens, _model.Tokenizer.VocabularySize, "tokens", problems);
        InvalidRequestException.ThrowIfAny(problems);
        return _model.Tokenizer.Decode(tokens, skipSpecialTokens: false);
    }

    /// <inheritdoc/>
    public PreparedRequest? Prepare(GenerationRequest request, ProblemCollection problems, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(problems);
        return _preparer.Prepare(request, problems, cancellation);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<GenerationEvent> GenerateAsync(PreparedRequest prepared, CancellationToken cancellation)
        => GenerateAsync((EncodedRequest)prepared, cancellation);

    private async IAsyncEnumerable<GenerationEvent> GenerateAsync(
        EncodedRequest encoded, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var events = new EventBuffer();
        Task run = RunAsync(encoded, events, ended.Token);
        try
        {
            await foreach (GenerationEvent next in events.ReadAllAsync(cancellation))
            {
                yield return next;
            }

            await run;
        }
        finally
        {
            // A reader that leaves early ends the program; what it held is free before the next pass.
            await ended.CancelAsync();
            await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunAsync(EncodedRequest encoded, EventBuffer events, CancellationToken cancellation)
    {
        try
        {
            var options = new SessionOptions
            {
                CacheSalt = encoded.Request.CacheSalt,
                MaxForwardTokens = _limits.MaxForwardTokens,
                MaxPages = encoded.Pages,
            };
            DecodingResult result = await _engine.RunAsync(session => DecodeAsync(encoded, events, session), options, cancellation);
            _shadows?.Offer(encoded, result.Candidates);
        }
        finally
        {
            events.Close();
        }
    }

    private async ValueTask<DecodingResult> DecodeAsync(EncodedRequest encoded, EventBuffer events, Session session)
    {
        var context = new DecodingContext
        {
            Encoded = encoded,
            Model = _model,
            Rewards = _rewards,
            Session = session,
            Events = events,
            Guard = Guard,
        };
        await PromptEcho.EmitAsync(context);
        DecodingResult result = encoded.MaxTokens > 0
            ? await Methods.Create(encoded.Request.Alignment.Search).DecodeAsync(context)
            : await PromptEcho.FinishAsync(context);
        if (encoded.Request.Alignment.Report)
        {
            await events.WriteAsync(new ReportEvent(Report(context, result)));
        }

        int completion = result.Candidates.Sum(candidate => candidate.Draft.Count);
        int prompt = encoded.Prompt.Length;
        int cached = (int)Math.Min(session.ReusedTokens, prompt);
        await events.WriteAsync(new UsageEvent(prompt, completion, cached, session.ForwardTokens));
        return result;
    }

    private AlignmentReport Report(DecodingContext context, DecodingResult result) => new()
    {
        Method = Methods.NameOf(context.Request.Alignment.Search),
        Guidance = [.. context.Guides.Select(guide => new GuideReport(guide.Name, guide.Weight))],
        Candidates = [.. result.Candidates.Select(candidate => candidate.Report())],
        ForwardTokens = context.Session.ForwardTokens,
        BudgetExhausted = context.BudgetExhausted || IsCutByBudget(context.Encoded, result),
        SelectionKlBound = result.SelectionKlBound,
    };

    private static bool IsCutByBudget(EncodedRequest encoded, DecodingResult result) =>
        encoded.IsShortenedByBudget && result.Candidates.Any(candidate => candidate.Draft.Count == encoded.MaxTokens);
}
