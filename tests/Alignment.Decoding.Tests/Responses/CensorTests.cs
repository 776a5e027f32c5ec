using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Decoding.Tests.Oracles;
using Alignment.Inference;
using Alignment.Inference.Sessions;

namespace Alignment.Decoding.Tests.Responses;

/// <summary>A guard between method and client, over ten tokens: what leaves is what a plain reading of its rules says.</summary>
public sealed class CensorTests
{
    private const int MaxTokens = 16;
    private const int Seeds = 200;

    [Fact]
    public async Task What_is_told_is_what_a_guard_makes_of_what_was_drawn()
    {
        await using var ten = new TenTokens();
        Generator guarded = ten.Generate(new GenerationLimits(), () => new Censor());
        var reasons = new Dictionary<FinishReason, int>();
        int redrawn = 0, replaced = 0;
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            GenerationRequest request = Request(seed);
            List<GenerationEvent> events = await ten.RunAsync(request, guarded);
            CandidateReport candidate = events.OfType<ReportEvent>().Single().Report.Candidates.Single();
            Expected expected = await ExpectAsync(ten, request);
            string told = TinyGenerator.TextOf(events);
            Assert.Equal((expected.Text, expected.Reason), (told, events.OfType<FinishEvent>().Single().Reason));
            Assert.Equal((expected.Text, expected.Redraws), (candidate.Text, candidate.Redraws));
            Assert.Equal(expected.Tokens, candidate.Tokens.Select(token => token.Id));
            Assert.Equal(candidate.LogProbability, candidate.Tokens.Sum(token => token.LogProbability), 1e-4);

            // No token of a sentence that was replaced or dropped is shown.
            GeneratedToken[] shown = [.. events.OfType<TextEvent>().SelectMany(text => text.Tokens)];
            string letters = told.Replace(Censor.Replacement, "", StringComparison.Ordinal);
            Assert.Equal(letters, string.Concat(shown.Select(token => token.Text)));
            Assert.Equal(letters, string.Concat(candidate.Tokens.Where(token => token.Shown).Select(token => token.Text)));

            // And each stands where it is said to.
            Assert.All(shown, token => Assert.Equal(token.Text, told.Substring(token.Offset, token.Text.Length)));
            reasons[expected.Reason] = reasons.GetValueOrDefault(expected.Reason) + 1;
            redrawn += expected.Redraws;
            replaced += told.Contains(Censor.Replacement, StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.True(reasons.Count == 3 && reasons.Values.Min() > 5, string.Join(", ", reasons));
        Assert.True(redrawn > 20 && replaced > 20, $"{redrawn} redrawn, {replaced} replaced");
    }

    [Fact]
    public async Task Candidates_of_a_search_are_guarded_too()
    {
        await using var ten = new TenTokens();
        Generator guarded = ten.Generate(new GenerationLimits(), () => new Censor());
        var search = new BestOfNSettings { Candidates = 16, Rewards = [new RewardTerm("value")] };
        List<GenerationEvent> events = await ten.RunAsync(
            Request(3) with { Alignment = new AlignmentSettings { Search = search, Report = true } }, guarded);
        IReadOnlyList<CandidateReport> candidates = events.OfType<ReportEvent>().Single().Report.Candidates;
        Assert.All(candidates, candidate => Assert.DoesNotContain('a', candidate.Text));
        Assert.All(candidates, candidate => Assert.DoesNotContain('b', candidate.Text));
        Assert.Contains(candidates, candidate => candidate.Redraws == 1);
        Assert.All(candidates, candidate => Assert.NotNull(candidate.Score));
    }

    /// <summary>A guard that is never content ends the response, having had its tries.</summary>
    [Fact]
    public async Task Drawing_anew_is_bounded()
    {
        await using var ten = new TenTokens();
        Generator guarded = ten.Generate(new GenerationLimits(), () => new NeverContent());
        List<GenerationEvent> events = await ten.RunAsync(Request(1), guarded);
        CandidateReport candidate = events.OfType<ReportEvent>().Single().Report.Candidates.Single();
        Assert.Equal(("", Response.MostRedraws, FinishReason.ContentFilter), (candidate.Text, candidate.Redraws, candidate.FinishReason));
        Assert.Empty(events.OfType<TextEvent>());
    }

    private static GenerationRequest Request(ulong seed) => new()
    {
        Prompt = new TokenPrompt(TenTokens.Prompt),
        MaxTokens = MaxTokens,
        Stop = seed % 2 == 0 ? ["hg", "fi"] : [],
        Sampling = new SamplingSettings
        {
            Seed = seed,
            LogitBias = new Dictionary<int, float> { [0] = -1, [1] = -0.5f, [4] = 1.5f, [TenTokens.End] = -1 },
        },
        TopLogProbabilities = 0,
        Alignment = new AlignmentSettings { Report = true },
    };

    /// <summary>Reads letter by letter what a bare sequence draws, and begins a sentence anew where the rules say so.</summary>
    private static Task<Expected> ExpectAsync(TenTokens ten, GenerationRequest request) => ten.Engine.RunAsync(
        async session =>
        {
            var rule = new NextTokenRule
            {
                Seed = request.Sampling.Seed,
                Bias = [.. request.Sampling.LogitBias.Select(bias => new TokenBias(bias.Key, bias.Value))],
            };
            using Sequence sequence = session.CreateSequence([.. TenTokens.Prompt], []);
            (string told, string sentence, int redraws, int kept) = ("", "", 0, 0);
            while (true)
            {
                int token = (await sequence.NextAsync(rule)).Token;
                sentence += token == TenTokens.End ? "" : (char)('a' + token);
                int count = sequence.Length - sequence.PromptLength;
                int stop = request.Stop.Select(text => sentence.IndexOf(text, StringComparison.Ordinal)).DefaultIfEmpty(-1).Max();
                FinishReason? reason = stop >= 0 || token == TenTokens.End ? FinishReason.Stop
                    : count == MaxTokens ? FinishReason.Length : null;
                if (stop >= 0)
                {
                    sentence = sentence[..stop];
                }

                if (reason is null && !sentence.EndsWith(Censor.EndOfSentence))
                {
                    continue;
                }

                if (sentence.Contains('b', StringComparison.Ordinal))
                {
                    if (redraws > 0)
                    {
                        return new Expected(told, [.. sequence.Tokens[sequence.PromptLength..]], FinishReason.ContentFilter, redraws);
                    }

                    redraws++;
                    sequence.Redraw(sequence.PromptLength + kept);
                    sentence = "";
                    continue;
                }

                told += sentence.Contains('a', StringComparison.Ordinal) ? Censor.Replacement : sentence;
                (sentence, kept) = ("", count);
                if (reason is { } end)
                {
                    return new Expected(told, [.. sequence.Tokens[sequence.PromptLength..]], end, redraws);
                }
            }
        },
        new SessionOptions(),
        CancellationToken.None);

    private sealed record Expected(string Text, int[] Tokens, FinishReason Reason, int Redraws);

    private sealed class NeverContent : IResponseStage
    {
        public StageAnswer Look(HeldText held, bool isLast) => held.Count < 3 ? StageAnswer.Hold(held.Text.Length) : StageAnswer.Redraw(0);
    }
}
