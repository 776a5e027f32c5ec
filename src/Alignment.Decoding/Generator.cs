using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Methods;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference;
using Alignment.Inference.Guides;
using Alignment.Models;
using Alignment.Models.Tokenization;
using Alignment.Rewards;
using Alignment.Templates;
using Alignment.Templates.Limits;

namespace Alignment.Decoding;

/// <summary>Generates with one model over its engine. Owns neither.</summary>
public sealed class Generator : IGenerator
{
    private readonly LanguageModel _model;
    private readonly ModelRewards _rewards;
    private readonly Engine _engine;
    private readonly GenerationLimits _limits;
    private readonly PromptEncoder _prompts;
    private readonly GuideBinder _guides;
    private readonly RequestValidator _validator;

    /// <summary>A generator for a model, its rewards and its engine, with the methods that requests may name.</summary>
    public Generator(LanguageModel model, ModelRewards rewards, Engine engine, GenerationLimits limits, MethodCatalog methods)
    {
        (_model, _rewards, _engine, _limits, Methods) = (model, rewards, engine, limits, methods);
        _prompts = new PromptEncoder(model);
        _guides = new GuideBinder(rewards, _prompts);
        _validator = new RequestValidator(model, engine.Cache, limits);
    }

    /// <summary>What a request's search is looked up in.</summary>
    public MethodCatalog Methods { get; }

    /// <inheritdoc/>
    public bool Healthy => _engine.Healthy;

    /// <inheritdoc/>
    public EngineStatistics Statistics => _engine.Statistics;

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(Prompt prompt, CancellationToken cancellation = default)
    {
        ProblemCollection problems = [];
        int[] tokens = Encode(prompt, int.MaxValue, problems, cancellation);
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
    public void Validate(GenerationRequest request, ProblemCollection problems, CancellationToken cancellation = default) =>
        Prepare(request, problems, cancellation);

    /// <inheritdoc/>
    public async IAsyncEnumerable<GenerationEvent> GenerateAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ProblemCollection problems = [];
        PreparedRequest? prepared = Prepare(request, problems, cancellation);
        InvalidRequestException.ThrowIfAny(problems);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Channel<GenerationEvent> events = Channel.CreateUnbounded<GenerationEvent>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        Task run = RunAsync(request, prepared!, new StepRules(Rule(request), request, _model), events.Writer, ended.Token);
        try
        {
            await foreach (GenerationEvent next in events.Reader.ReadAllAsync(cancellation))
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

    /// <summary>
    /// Encodes the prompt, unless it is known to be wrong and no further than it can be of use, and notes everything that is wrong with the
    /// request; null where anything is.
    /// </summary>
    private PreparedRequest? Prepare(GenerationRequest request, ProblemCollection problems, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(problems);
        _validator.ValidateSettings(request, problems);
        int[] prompt = problems.Touch(request.Fields.Prompt) ? [] : Encode(request.Prompt, _engine.Cache.MaxLength, problems, cancellation);
        if (!problems.Touch(request.Fields.Prompt))
        {
            _validator.ValidatePrompt(request, prompt, problems);
        }

        // What else must fit depends on all of it, and contrast prompts are encoded for it: only for what is right so far.
        return problems.Count == 0 ? Fit(request, prompt, problems, cancellation) : null;
    }

    private PreparedRequest? Fit(GenerationRequest request, int[] prompt, ProblemCollection problems, CancellationToken cancellation)
    {
        IReadOnlyList<Guide> guides = _guides.Bind(request.Alignment.Guidance, request.Prompt, problems, cancellation);
        return problems.Count == 0 ? new PreparedRequest(prompt, guides, _validator.ValidateSize(request, prompt, guides, problems)) : null;
    }

    private int[] Encode(Prompt prompt, int most, ProblemCollection problems, CancellationToken cancellation)
    {
        try
        {
            return _prompts.Encode(prompt, most, cancellation);
        }
        catch (TokenizerException fault)
        {
            problems.Add(new RequestProblem(prompt is ChatPrompt ? "messages" : "prompt", fault.Message));
        }
        catch (ChatTemplateException fault)
        {
            problems.Add(new RequestProblem("messages", fault.Message));
        }
        catch (InvalidRequestException fault)
        {
            problems.AddRange(fault.Problems);
        }

        return [];
    }

    private async Task RunAsync(
        GenerationRequest request, PreparedRequest prepared, StepRules rules, ChannelWriter<GenerationEvent> events, CancellationToken cancellation)
    {
        try
        {
            int pages = RequestSize.Of(request, prepared.Prompt, prepared.Guides).Pages(prepared.MaxTokens);
            var options = new SessionOptions { CacheSalt = request.CacheSalt, MaxForwardTokens = _limits.MaxForwardTokens, MaxPages = pages };
            await _engine.RunAsync(session => DecodeAsync(request, prepared, rules, events, session), options, cancellation);
        }
        finally
        {
            events.TryComplete();
        }
    }

    private async ValueTask<bool> DecodeAsync(
        GenerationRequest request, PreparedRequest prepared, StepRules rules, ChannelWriter<GenerationEvent> events, Session session)
    {
        var context = new DecodingContext
        {
            Request = request,
            Model = _model,
            Rewards = _rewards,
            Session = session,
            Prompt = prepared.Prompt,
            Guides = prepared.Guides,
            Rules = rules,
            MaxTokens = prepared.MaxTokens,
            Events = events,
        };
        await PromptEcho.EmitAsync(context);
        DecodingResult result = context.MaxTokens > 0
            ? await Methods.Create(request.Alignment.Search).DecodeAsync(context)
            : PromptEcho.Finish(context);
        if (request.Alignment.Report)
        {
            events.TryWrite(new ReportEvent(Report(context, result)));
        }

        int completion = result.Candidates.Sum(candidate => candidate.TokenCount);
        int prompt = prepared.Prompt.Length;
        int cached = (int)Math.Min(session.ReusedTokens, prompt);
        events.TryWrite(new UsageEvent(prompt, completion, cached, session.ForwardTokens));
        return true;
    }

    private AlignmentReport Report(DecodingContext context, DecodingResult result) => new()
    {
        Method = Methods.NameOf(context.Request.Alignment.Search),
        Guidance = [.. context.Guides.Select(guide => new GuideReport(guide.Name, guide.Weight))],
        Candidates = [.. result.Candidates.Select(candidate => candidate.Report())],
        ForwardTokens = context.Session.ForwardTokens,
        SelectionKlBound = result.SelectionKlBound,
    };

    private static NextTokenRule Rule(GenerationRequest request)
    {
        SamplingSettings sampling = request.Sampling;
        return new NextTokenRule
        {
            Temperature = sampling.Temperature,
            TopK = sampling.TopK,
            TopP = sampling.TopP,
            MinP = sampling.MinP,
            RepetitionPenalty = sampling.RepetitionPenalty,
            FrequencyPenalty = sampling.FrequencyPenalty,
            PresencePenalty = sampling.PresencePenalty,
            Bias = [.. sampling.LogitBias.Select(bias => new TokenBias(bias.Key, bias.Value <= SamplingSettings.Forbidden ? float.NegativeInfinity : bias.Value))],
            Seed = sampling.Seed,
            TopLogProbabilities = request.TopLogProbabilities ?? 0,
            Report = request.Alignment.Report,
        };
    }
}
