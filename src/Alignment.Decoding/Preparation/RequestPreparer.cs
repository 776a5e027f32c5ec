using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Inference;
using Alignment.Inference.Guides;
using Alignment.Models;
using Alignment.Models.Tokenization;
using Alignment.Rewards;
using Alignment.Templates.Limits;

namespace Alignment.Decoding.Preparation;

/// <summary>
/// Turns requests into what the engine needs: every text is rendered and encoded here, once, by whoever serves the client. The engine's
/// thread only decodes.
/// </summary>
internal sealed class RequestPreparer
{
    private readonly LanguageModel _model;
    private readonly CacheSize _cache;
    private readonly PromptEncoder _prompts;
    private readonly GuideBinder _guides;
    private readonly RequestValidator _validator;
    private readonly int[] _endOfTurn;

    public RequestPreparer(LanguageModel model, ModelRewards rewards, CacheSize cache, GenerationLimits limits)
    {
        (_model, _cache) = (model, cache);
        _prompts = new PromptEncoder(model);
        _guides = new GuideBinder(rewards, _prompts);
        _validator = new RequestValidator(model, cache, limits);
        _endOfTurn = EndOfTurn.Of(model);
    }

    /// <summary>
    /// Encodes the prompt, unless it is known to be wrong and no further than it can be of use, and notes everything that is wrong with the
    /// request.
    /// </summary>
    /// <returns>Null where anything is wrong.</returns>
    public EncodedRequest? Prepare(GenerationRequest request, ProblemCollection problems, CancellationToken cancellation)
    {
        _validator.ValidateSettings(request, problems);
        bool isKnownWrong = problems.Touch(request.Fields.Prompt);
        int[]? prompt = isKnownWrong ? null : Encode(request.Prompt, _cache.MaxLength, problems, cancellation);
        if (prompt is not null)
        {
            _validator.ValidatePrompt(request, prompt, problems);
        }

        // What else must fit depends on all of it, and contrast prompts are encoded for it: only for what is right so far.
        return problems.Count == 0 ? Fit(request, prompt!, problems, cancellation) : null;
    }

    /// <summary>The tokens of a prompt, and a few more at most than are of use; null where it cannot be encoded, which is noted.</summary>
    public int[]? Encode(Prompt prompt, int most, ProblemCollection problems, CancellationToken cancellation)
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

        return null;
    }

    private EncodedRequest? Fit(GenerationRequest request, int[] prompt, ProblemCollection problems, CancellationToken cancellation)
    {
        IReadOnlyList<Guide> guides = _guides.Bind(request.Alignment.Guidance, request.Prompt, problems, cancellation);
        StepRules? rules = problems.Count == 0 ? Rules(request, problems) : null;
        if (rules is null)
        {
            return null;
        }

        int[] closing = request.Alignment.Search is { Scores: true } ? _endOfTurn : [];
        RequestSize size = RequestSize.Of(request, prompt, guides, closing.Length);
        int maxTokens = _validator.ValidateSize(request, size, guides, problems);
        int pages = size.Pages(maxTokens, request.MaxTokens ?? request.MinTokens);
        return problems.Count > 0 ? null : new EncodedRequest(request, prompt, guides, rules, closing, maxTokens, size, pages)
        {
            Cost = new RequestCost(size.Rows(maxTokens), RequestValidator.Listed(request, prompt.Length)),
            IsShortenedByBudget = _validator.IsShortenedByBudget(request, size, maxTokens),
        };
    }

    private StepRules? Rules(GenerationRequest request, ProblemCollection problems)
    {
        try
        {
            return new StepRules(Rule(request), request, _model);
        }
        catch (InvalidRequestException fault)
        {
            problems.AddRange(fault.Problems);
            return null;
        }
    }

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
            Bias = [.. sampling.LogitBias.Select(Bias)],
            Seed = sampling.Seed,
            TopLogProbabilities = request.TopLogProbabilities ?? 0,
            Report = request.Alignment.Report,
        };
    }

    private static TokenBias Bias(KeyValuePair<int, float> bias)
        => new(bias.Key, bias.Value <= SamplingSettings.Forbidden ? float.NegativeInfinity : bias.Value);
}
