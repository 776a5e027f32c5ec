using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Tests.Models;

namespace Alignment.Inference.Tests.Sessions;

/// <summary>The tokens that candidates draw follow the distribution that the rule describes.</summary>
public sealed class SamplingTests
{
    private const int Draws = 3000;
    private const int Kept = 8;

    // Chi-square with 7 degrees of freedom exceeds this with probability 0.001; the seed is fixed.
    private const double Critical = 24.32;

    [Fact]
    public async Task Candidates_draw_tokens_in_proportion_to_their_probabilities()
    {
        await using var model = new TinyModel(new ReferenceBackend());
        int[] prompt = TinyModel.Prompt(2, 20);
        (int[] tokens, double[] probabilities) = BestTokens(model, prompt);
        int[] drawn = await DrawAsync(model.Start(new EngineOptions { Pages = 64 }), prompt);
        Assert.Empty(drawn.Except(tokens));
        double statistic =
            tokens.Select(
                (token, i) => Square(drawn.Count(other => other == token) - (Draws * probabilities[i])) / (Draws * probabilities[i]))
                .Sum();
        Assert.True(statistic < Critical, $"chi-square {statistic:F1}");
    }

    private static (int[] Tokens, double[] Probabilities) BestTokens(TinyModel model, int[] prompt)
    {
        using var naive = new NaiveDecoder(model.Transformer, 32);
        double[] scores = Array.ConvertAll(prompt, naive.Append)[^1];
        int[] tokens = [.. Enumerable.Range(0, scores.Length).OrderByDescending(token => scores[token]).Take(Kept)];
        double total = tokens.Sum(token => Math.Exp(scores[token]));
        return (tokens, Array.ConvertAll(tokens, token => Math.Exp(scores[token]) / total));
    }

    private static Task<int[]> DrawAsync(Engine engine, int[] prompt) => engine.RunAsync(
        async session =>
        {
            var rule = new NextTokenRule { TopK = Kept, Seed = 11 };
            using Sequence sequence = session.CreateSequence(prompt, []);
            await sequence.ComputeAsync();
            int[] drawn = new int[Draws];
            for (int candidate = 0; candidate < Draws; candidate++)
            {
                using Sequence fork = sequence.Fork(candidate);
                drawn[candidate] = (await fork.NextAsync(rule)).Token;
            }

            return drawn;
        },
        new SessionOptions(), CancellationToken.None);

    private static double Square(double x) => x * x;
}
