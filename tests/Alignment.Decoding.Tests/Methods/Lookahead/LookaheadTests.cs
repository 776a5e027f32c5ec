using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Decoding.Tests.Oracles;
using Alignment.Inference;
using Alignment.Inference.Sessions;

namespace Alignment.Decoding.Tests.Methods.Lookahead;

/// <summary>
/// What forks, rewinds and commits against the same search written without any of it: every continuation begins with a prompt of all tokens
/// so far, text is decoded as a whole and stop texts are looked for in it.
/// </summary>
public sealed class LookaheadTests
{
    private const int MaxTokens = 14;
    private const int Seeds = 150;

    [Fact]
    public async Task A_search_that_forks_and_rewinds_is_the_one_that_begins_anew_each_time()
    {
        await using var ten = new TenTokens(LookaheadSettings.Descriptor);
        int stopped = 0, ended = 0, cut = 0;
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            var request = new GenerationRequest
            {
                Prompt = new TokenPrompt(TenTokens.Prompt),
                MaxTokens = MaxTokens,
                Stop = seed % 2 == 0 ? ["ab", "ca", "i"] : [],
                Sampling = new SamplingSettings { Seed = seed },
                TopLogProbabilities = 0,
                Alignment = new AlignmentSettings { Search = new LookaheadSettings(), Report = true },
            };
            List<GenerationEvent> events = await ten.RunAsync(request);
            CandidateReport candidate = events.OfType<ReportEvent>().Single().Report.Candidates.Single();
            (int[] tokens, string text, double logProbability) = await ExpectedAsync(ten, request);
            Assert.Equal(tokens, candidate.Tokens.Select(token => token.Id));
            Assert.Equal(text, candidate.Text);
            Assert.Equal(text, string.Concat(events.OfType<TextEvent>().Select(piece => piece.Text)));
            Assert.Equal(text.Length, events.OfType<TextEvent>().SelectMany(piece => piece.Tokens).Count());
            Assert.Equal(logProbability, candidate.LogProbability, 1e-4);
            Assert.Equal(candidate.LogProbability, candidate.Tokens.Sum(token => token.LogProbability), 1e-4);
            Assert.Equal(candidate.StepKl, candidate.Tokens.Sum(token => token.Divergence), 1e-9);
            stopped += text.Length < tokens.Count(token => token != TenTokens.End) ? 1 : 0;
            ended += tokens[^1] == TenTokens.End ? 1 : 0;
            cut += candidate.FinishReason == FinishReason.Length ? 1 : 0;
        }

        Assert.True(stopped > 10 && ended > 10 && cut > 10, $"{stopped} are stopped, {ended} ended, {cut} cut");
    }

    private static async Task<(int[] Tokens, string Text, double LogProbability)> ExpectedAsync(TenTokens ten, GenerationRequest request)
    {
        (List<int> response, double logProbability) = await ContinueAsync(ten, request, [], candidate: 0, count: 1);
        int committed = 0;
        while (true)
        {
            for (; committed < response.Count; committed++)
            {
                string text = Text(response[..(committed + 1)]);
                int at = request.Stop.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(i => i >= 0)
                    .DefaultIfEmpty(-1).Min();
                if (at >= 0 || IsEnd(response[..(committed + 1)]))
                {
                    int[] tokens = [.. response[..(committed + 1)]];
                    return (tokens, at >= 0 ? text[..at] : text, await ScoreAsync(ten, tokens));
                }
            }

            List<(List<int> Tokens, double LogProbability)> forks = [];
            for (int candidate = 1; candidate <= LookaheadMethod.Forks; candidate++)
            {
                (List<int> more, double sum) = await ContinueAsync(ten, request, response, candidate, LookaheadMethod.Ahead);
                forks.Add(([.. response, .. more], sum));
            }

            List<int> best = forks.MaxBy(fork => fork.LogProbability).Tokens;
            response = IsEnd(best) ? best : best[..^1];
        }
    }

    private static string Text(IEnumerable<int> tokens)
        => string.Concat(tokens.Where(token => token != TenTokens.End).Select(token => (char)('a' + token)));

    private static bool IsEnd(List<int> tokens) => tokens[^1] == TenTokens.End || tokens.Count == MaxTokens;

    /// <summary>Draws from a prompt of everything so far, each token from a sequence of its own.</summary>
    private static async Task<(List<int> Tokens, double LogProbability)> ContinueAsync(
        TenTokens ten, GenerationRequest request, List<int> before, int candidate, int count)
    {
        var rule = new NextTokenRule { Temperature = request.Sampling.Temperature, Seed = request.Sampling.Seed };
        List<int> drawn = [];
        double sum = 0;
        while (drawn.Count < count && (drawn.Count == 0 || !IsEnd([.. before, .. drawn])))
        {
            int[] known = [.. TenTokens.Prompt, .. before, .. drawn];
            (int token, float logProbability) = await ten.Engine.RunAsync(
                async session =>
                {
                    using Sequence root = session.CreateSequence(known, []);
                    using Sequence fork = root.Fork(candidate);
                    TokenChoice choice = await fork.NextAsync(rule);
                    return (choice.Token, choice.LogProbability);
                },
                new SessionOptions(),
                CancellationToken.None);
            drawn.Add(token);
            sum += logProbability;
        }

        return (drawn, sum);
    }

    private static async Task<double> ScoreAsync(TenTokens ten, int[] response)
    {
        int[] known = [.. TenTokens.Prompt, .. response];
        return await ten.Engine.RunAsync(
            async session =>
            {
                float[] scores = new float[response.Length];
                using Sequence sequence = session.CreateSequence(known, []);
                await sequence.ScoreAsync(TenTokens.Prompt.Count, scores);
                return scores.Sum(score => (double)score);
            },
            new SessionOptions(),
            CancellationToken.None);
    }
}
