using Alignment.Compute.Contract.Random;
using Alignment.Inference;
using Alignment.Rewards;

namespace Alignment.Decoding.Methods.BestOfN;

/// <summary>
/// Draws n candidates and returns those that the rewards like best (Stiennon et al., 2020); with tau above 0 a candidate is drawn with
/// probability proportional to exp(score / tau) instead (soft best-of-n, Verdun et al., 2025). Where the budget ends early, candidates are
/// cut so that all can still be scored; where not even that, the first are returned without scores.
/// </summary>
internal sealed class BestOfNMethod(BestOfNSettings settings) : IDecodingMethod
{
    public async ValueTask<DecodingResult> DecodeAsync(DecodingContext context)
    {
        Candidate[] candidates = await context.StartAsync(settings.Candidates);
        long kept = candidates.Length * (long)context.Encoded.Size.ScoreRows;
        var allowance = new Allowance(context.Session.RemainingTokens - kept);
        await Task.WhenAll(candidates.Select(candidate => candidate.DrawAsync(allowance).AsTask()));
        bool isScored = await TryScoreAsync(context, candidates);
        IReadOnlyList<Candidate> chosen = isScored
            ? Select(candidates, context.Request.Choices, context.Request.Sampling.Seed)
            : candidates[..context.Request.Choices];
        for (int choice = 0; choice < chosen.Count; choice++)
        {
            chosen[choice].Choice = choice;
            await chosen[choice].TellAsync();
        }

        return new DecodingResult(
            candidates, !isScored ? null : settings.Tau == 0 ? HardBound(candidates.Length) : SoftBound(candidates));
    }

    /// <summary>log n - (n - 1) / n (Beirami et al., 2024).</summary>
    private static double HardBound(double n) => Math.Log(n) - ((n - 1) / n);

    /// <summary>
    /// KL(p || uniform) of the probabilities p with which the first choice is drawn from these candidates. The chosen response is a
    /// function of candidates and
    /// index, so that by data processing its divergence is at most the mean of this over draws of candidates.
    /// </summary>
    private double SoftBound(Candidate[] candidates)
    {
        double[] masses = Masses(candidates);
        double total = masses.Sum();
        return masses.Where(mass => mass > 0).Sum(mass => mass / total * Math.Log(mass / total * masses.Length));
    }

    /// <summary>All candidates by all rewards at once; what is computed for one head serves every other.</summary>
    /// <returns>False: the budget does not reach for all, and none has a score.</returns>
    private async Task<bool> TryScoreAsync(DecodingContext context, Candidate[] candidates)
    {
        try
        {
            RewardDraft[] drafts = Array.ConvertAll(candidates, candidate => candidate.ToRewardDraft());
            Score(
                candidates,
                await Task.WhenAll(settings.Rewards.Select(term => context.Rewards.Rewards[term.Name].ScoreAsync(drafts))));
            return true;
        }
        catch (BudgetSpentException)
        {
            context.BudgetExhausted = true;
            return false;
        }
        finally
        {
            Array.ForEach(candidates, candidate => candidate.Dispose());
        }
    }

    /// <param name="candidates">The candidates.</param>
    /// <param name="scores">[rewards][candidates].</param>
    private void Score(Candidate[] candidates, RewardScore[][] scores)
    {
        for (int i = 0; i < candidates.Length; i++)
        {
            RewardScore[] own = [.. scores.Select(reward => reward[i])];
            candidates[i].Rewards = settings.Rewards.Zip(own).ToDictionary(
                pair => pair.First.Name, pair => pair.Second.Value, StringComparer.Ordinal);
            candidates[i].Score = settings.Rewards.Zip(own).Sum(pair => pair.First.Weight * pair.First.Transform.Apply(pair.Second.Value));
            candidates[i].ScoredAt = own.Select(score => score.At).FirstOrDefault(at => at is not null);
        }
    }

    private List<Candidate> Select(Candidate[] candidates, int count, ulong seed)
    {
        List<Candidate> left = [.. candidates.OrderByDescending(candidate => candidate.Score)];
        if (settings.Tau == 0)
        {
            return left[..count];
        }

        List<Candidate> chosen = [];
        for (int i = 0; i < count; i++)
        {
            Candidate next = Draw(left, Philox.Uniform(seed, ulong.MaxValue, (ulong)i));
            left.Remove(next);
            chosen.Add(next);
        }

        return chosen;
    }

    /// <summary>In proportion to the probabilities of a soft choice.</summary>
    private double[] Masses(IReadOnlyList<Candidate> candidates)
    {
        double best = candidates.Max(candidate => candidate.Score!.Value);
        return [.. candidates.Select(candidate => Math.Exp((candidate.Score!.Value - best) / settings.Tau))];
    }

    private Candidate Draw(List<Candidate> candidates, double uniform)
    {
        double[] masses = Masses(candidates);
        double rest = uniform * masses.Sum();
        for (int i = 0; i < masses.Length; i++)
        {
            rest -= masses[i];
            if (rest < 0)
            {
                return candidates[i];
            }
        }

        return candidates[^1];
    }
}
