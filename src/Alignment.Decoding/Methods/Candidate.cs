using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Responses;
using Alignment.Inference.Sessions;
using Alignment.Rewards;

namespace Alignment.Decoding.Methods;

/// <summary>One response as it is drawn, token by token.</summary>
/// <param name="context">Of its request.</param>
/// <param name="sequence">Its tokens.</param>
/// <param name="first">Its first token, where the sequence has it already.</param>
internal sealed class Candidate(DecodingContext context, Sequence sequence, TokenChoice? first = null)
{
    private readonly ResponseText _response = new(context.Model.Tokenizer, context.Request.Stop, context.Request.IncludeStop);
    private readonly List<TokenReport> _reports = [];
    private readonly bool _describes = context.Request.TopLogProbabilities is not null;

    /// <summary>Which random stream draws it.</summary>
    public int Index => sequence.Candidate;

    public Sequence Sequence => sequence;

    /// <summary>The response, without what is not shown of its end.</summary>
    public string Text => _response.Text;

    public FinishReason FinishReason { get; private set; } = FinishReason.Length;

    /// <summary>Tokens drawn, an end token included.</summary>
    public int TokenCount { get; private set; }

    /// <summary>Whether the response is long enough for a stop text to end it.</summary>
    private bool MayStop => TokenCount > context.Request.MinTokens;

    public IReadOnlyList<TokenReport> Tokens => _reports;

    public double LogProbability { get; private set; }

    /// <summary>Sum of log q - log pi: what the candidate's draw says of the divergence from the frozen model.</summary>
    public double EstimatedKl { get; private set; }

    /// <summary>Sum of the steps' exact divergences.</summary>
    public double StepKl { get; private set; }

    /// <summary>Weighted sum of the transformed rewards, once it is scored.</summary>
    public double? Score { get; set; }

    public IReadOnlyDictionary<string, double> Rewards { get; set; } = new Dictionary<string, double>();

    /// <summary>Where a value head read it, once it is scored by one.</summary>
    public string? ScoredAt { get; set; }

    /// <summary>Which choice it was returned as.</summary>
    public int? Choice { get; set; }

    /// <summary>Draws to the end; calls back with every piece of text that is certain, and its tokens where they were asked for.</summary>
    public async ValueTask DrawAsync(Action<string, IReadOnlyList<GeneratedToken>> onText)
    {
        bool ends = first is not null && Take(first, onText);
        while (!ends && TokenCount < context.MaxTokens)
        {
            TokenChoice choice = await sequence.NextAsync(context.Rules.Rule);
            ends = Take(choice, onText);
        }

        FinishReason = ends ? FinishReason.Stop : FinishReason.Length;
        Emit(_response.Finish(MayStop), isLast: true, onText);
    }

    /// <summary>For rewards, once it is drawn.</summary>
    public RewardDraft ToDraft()
        => new(sequence, Text, context.Model.EndTokens.Contains(sequence.Tokens[^1]), context.Encoded.Closing);

    public CandidateReport Report() => new()
    {
        Candidate = Index,
        Choice = Choice,
        Text = Text,
        FinishReason = FinishReason,
        Rewards = Rewards,
        Score = Score,
        ScoredAt = ScoredAt,
        EstimatedKl = EstimatedKl,
        StepKl = StepKl,
        LogProbability = LogProbability,
        Tokens = Tokens,
    };

    /// <summary>Returns whether the response ends here.</summary>
    private bool Take(TokenChoice choice, Action<string, IReadOnlyList<GeneratedToken>> onText)
    {
        TokenCount++;
        LogProbability += choice.LogProbability;
        EstimatedKl += choice.SampledLogProbability - choice.FrozenLogProbability;
        StepKl += choice.Divergence;
        if (context.Request.Alignment.Report)
        {
            _reports.Add(Describe(choice));
        }

        bool ends = context.Rules.Ends(choice.Token);
        if (!ends || context.Request.IncludeStop)
        {
            Emit(_response.Push(choice.Token, Shown(choice), MayStop), isLast: false, onText);
        }

        return ends || _response.IsStopped;
    }

    private void Emit(string text, bool isLast, Action<string, IReadOnlyList<GeneratedToken>> onText)
    {
        // Tokens wait for the text they belong to: behind a stop string they are never shown.
        IReadOnlyList<GeneratedToken> tokens = text.Length > 0 || isLast ? _response.TakeTokens() : [];
        if (text.Length > 0 || tokens.Count > 0)
        {
            onText(text, tokens);
        }
    }

    private GeneratedToken? Shown(TokenChoice choice)
        => _describes ? TokenTexts.Describe(context.Model.Tokenizer, choice.Token, choice.LogProbability, choice.Top) : null;

    private TokenReport Describe(TokenChoice choice) => new(
        choice.Token, TokenTexts.Text(
            context.Model.Tokenizer, choice.Token), choice.LogProbability, choice.FrozenLogProbability, choice.SampledLogProbability,
        choice.Divergence, [.. context.Guides.Select((guide, i) => guide.Weight * choice.GuideLogProbabilities[i])]);
}
