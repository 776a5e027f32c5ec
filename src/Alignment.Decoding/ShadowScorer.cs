using Alignment.Decoding.Methods;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Requests;
using Alignment.Inference;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models;
using Alignment.Rewards;

namespace Alignment.Decoding;

/// <summary>
/// Scores finished responses by rewards that only watch. It runs as a session of its own, after that of the request, so that the request
/// is neither charged nor changed by it: its prefix is mostly in the cache, and what is not is computed again. One request at a time, and
/// none while others wait for the engine: those are skipped, and said to be.
/// </summary>
internal sealed class ShadowScorer
{
    private readonly Engine _engine;
    private readonly IReward[] _rewards;
    private readonly int[] _closing;
    private readonly long _maxForwardTokens;
    private int _isScoring;

    /// <param name="model">Whose responses.</param>
    /// <param name="engine">Its engine.</param>
    /// <param name="rewards">The rewards that watch.</param>
    /// <param name="maxForwardTokens">Most rows that a request's responses may cost.</param>
    public ShadowScorer(LanguageModel model, Engine engine, IEnumerable<IReward> rewards, long maxForwardTokens)
    {
        (_engine, _rewards, _maxForwardTokens) = (engine, [.. rewards], maxForwardTokens);
        _closing = EndOfTurn.Of(model);
    }

    /// <summary>Begins to score what a request came to, if somebody wants to know; returns at once.</summary>
    /// <param name="request">The request, which has ended.</param>
    /// <param name="candidates">Every response, returned or not.</param>
    public void Offer(EncodedRequest request, IReadOnlyList<Candidate> candidates)
    {
        IReward[] watching = Watching(request.Request.Alignment.Search);
        if (request.Request.Shadowed is not { } tell || watching.Length == 0 || candidates.Count == 0)
        {
            return;
        }

        if (_engine.Statistics.Queued > 0 || Interlocked.Exchange(ref _isScoring, 1) == 1)
        {
            tell(new ShadowReport([], 0, ShadowReport.Busy));
            return;
        }

        _ = Task.Run(async () =>
        {
            ShadowReport report = await ScoreAsync(request, candidates, watching);
            Volatile.Write(ref _isScoring, 0);
            tell(report);
        });
    }

    /// <summary>One that acts in a request does not watch it too.</summary>
    private IReward[] Watching(SearchSettings? search)
    {
        IEnumerable<string> acting = (search as SelectionSettings)?.Rewards.Select(term => term.Name) ?? [];
        return [.. _rewards.ExceptBy(acting, reward => reward.Name)];
    }

    private async Task<ShadowReport> ScoreAsync(EncodedRequest request, IReadOnlyList<Candidate> candidates, IReward[] rewards)
    {
        int longest = candidates.Max(candidate => candidate.Response.Count) + _closing.Length;
        if (!_engine.Cache.Fits([request.Prompt.Length], candidates.Count, longest))
        {
            return new ShadowReport([], 0, ShadowReport.NoRoom);
        }

        var options = new SessionOptions
        {
            CacheSalt = request.Request.CacheSalt,
            MaxForwardTokens = _maxForwardTokens,
            MaxPages = (int)Math.Min(int.MaxValue, CacheSize.PagesFor([request.Prompt.Length], candidates.Count, longest)),
        };
        try
        {
            return await _engine.RunAsync(
                session => ScoreAsync(session, request.Prompt, candidates, rewards), options, CancellationToken.None);
        }
#pragma warning disable CA1031 // Nobody depends on it; whatever it is, it is counted.
        catch (Exception)
#pragma warning restore CA1031
        {
            return new ShadowReport([], 0, ShadowReport.Failed);
        }
    }

    /// <summary>All responses by all rewards at once; what is computed for one head serves every other.</summary>
    private async ValueTask<ShadowReport> ScoreAsync(
        Session session, int[] prompt, IReadOnlyList<Candidate> candidates, IReward[] rewards)
    {
        RewardDraft[] drafts = [.. candidates.Select(candidate => Draft(session, prompt, candidate))];
        RewardScore[][] scores = await Task.WhenAll(rewards.Select(reward => reward.ScoreAsync(drafts)));
        return new ShadowReport([.. rewards.Select((reward, i) => Compare(reward.Name, scores[i], candidates))], session.ForwardTokens);
    }

    private RewardDraft Draft(Session session, int[] prompt, Candidate candidate)
    {
        int[] tokens = [.. candidate.Draft.TokensFrom(0).Select(token => token.Id).Take(candidate.Response.Count)];
        Sequence sequence = session.CreateSequence(prompt, [], prompt.Length + tokens.Length + _closing.Length);
        sequence.Append(tokens);
        return candidate.ToRewardDraft(sequence, _closing);
    }

    /// <param name="name">The reward.</param>
    /// <param name="scores">[candidates].</param>
    /// <param name="candidates">[candidates].</param>
    private static ShadowScore Compare(string name, RewardScore[] scores, IReadOnlyList<Candidate> candidates)
    {
        (Candidate Candidate, double Value)[] scored = [.. candidates.Zip(scores, (candidate, score) => (candidate, score.Value))];
        bool isChoice = candidates.Count > 1 && candidates.All(candidate => candidate.Score is not null);
        return new ShadowScore(
            name,
            [.. scored.Where(pair => pair.Candidate.Choice is not null).OrderBy(pair => pair.Candidate.Choice).Select(pair => pair.Value)],
            isChoice ? scored.MaxBy(pair => pair.Value).Candidate == candidates.MaxBy(candidate => candidate.Score) : null);
    }
}
