using Alignment.Decoding.Drafts;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Responses;
using Alignment.Inference;
using Alignment.Inference.Sessions;
using Alignment.Rewards;

namespace Alignment.Decoding.Methods;

/// <summary>A response that a method considers: the draft of its tokens, what is committed of it, and what the rewards say.</summary>
/// <param name="context">Of its request.</param>
/// <param name="draft">Its tokens; the candidate's.</param>
internal sealed class Candidate(DecodingContext context, Draft draft) : IDisposable
{
    private readonly int _index = draft.Sequence.Candidate;

    /// <summary>Its tokens, those drawn ahead of the response included.</summary>
    public Draft Draft { get; private set; } = draft;

    /// <summary>What is committed of them.</summary>
    public Response Response { get; } = context.CreateResponse();

    /// <summary>Which choice it is returned as; null: none, so far. One that has a choice is told to the client as it is drawn.</summary>
    public int? Choice { get; set; }

    /// <summary>Weighted sum of the transformed rewards, once it is scored.</summary>
    public double? Score { get; set; }

    public IReadOnlyDictionary<string, double> Rewards { get; set; } = new Dictionary<string, double>();

    /// <summary>Where a value head read it, once it is scored by one.</summary>
    public string? ScoredAt { get; set; }

    /// <summary>Goes on with another draft, which has all that is committed; its own is given up.</summary>
    public void Continue(Draft other)
    {
        Draft.Dispose();
        Draft = other;
    }

    /// <summary>Commits what is drawn and draws on, token by token, to the end of the response or of what may be computed.</summary>
    /// <param name="allowance">What it may spend, together with others; null: all that the request may.</param>
    public async ValueTask DrawAsync(Allowance? allowance = null)
    {
        while (!Response.Commit(Draft))
        {
            await TellAsync();
            if (!await TryDrawAsync(allowance))
            {
                context.BudgetExhausted = true;
                Response.End();
            }
        }

        await TellAsync();
    }

    /// <summary>Tells the client what is new of it, if it is a choice.</summary>
    public ValueTask TellAsync() => Choice is { } choice ? Response.TellAsync(context.Events, choice) : ValueTask.CompletedTask;

    /// <summary>
    /// For rewards, once the response has ended: the tokens that are shown whole, and the one that ended it where it is the end of a turn.
    /// </summary>
    public RewardDraft ToRewardDraft() => ToRewardDraft(Draft.Sequence, context.Encoded.Closing);

    /// <summary>The same over another sequence of its tokens, for whoever scores it when its own is gone.</summary>
    /// <param name="sequence">Prompt and response.</param>
    /// <param name="closing">Tokens that end a turn.</param>
    public RewardDraft ToRewardDraft(Sequence sequence, IReadOnlyList<int> closing)
    {
        bool endsTurn = Response.EndToken is { } end && EndOfTurn.Is(end, closing);
        int tokens = endsTurn ? Response.Count : Response.WholeTokens;
        return new RewardDraft(sequence, tokens, Response.Text, endsTurn, closing);
    }

    public CandidateReport Report() => new()
    {
        Candidate = _index,
        Choice = Choice,
        Text = Response.Text,
        FinishReason = Response.FinishReason ?? FinishReason.Length,
        Redraws = Response.Redraws,
        Rewards = Rewards,
        Score = Score,
        ScoredAt = ScoredAt,
        EstimatedKl = Draft.EstimatedKl,
        StepKl = Draft.StepKl,
        LogProbability = Draft.LogProbability,
        Tokens = [.. Draft.TokensFrom(0).Select(Report)],
    };

    public void Dispose() => Draft.Dispose();

    private async ValueTask<bool> TryDrawAsync(Allowance? allowance)
    {
        try
        {
            bool may = allowance?.TryTake(context.Encoded.Size.TokenRows) ?? true;
            return may && await Draft.NextAsync() is not null;
        }
        catch (BudgetSpentException)
        {
            return false;
        }
    }

    private TokenReport Report(DraftToken token)
    {
        TokenNumbers numbers = token.Numbers!;
        return new TokenReport(
            token.Id,
            TokenTexts.Text(context.Model.Tokenizer, token.Id),
            numbers.LogProbability,
            numbers.FrozenLogProbability,
            numbers.SampledLogProbability,
            numbers.Divergence,
            [.. context.Guides.Select((guide, i) => guide.Weight * numbers.Guides[i])],
            Response.Shows(token.Count));
    }
}
