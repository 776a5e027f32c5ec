using System.Text;
using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference;
using Alignment.Inference.Sessions;
using Alignment.Rewards;
using Alignment.Tests.Models;

namespace Alignment.Decoding.Tests.Methods.BestOfN;

/// <summary>A value head is trained at the end of a turn: responses that were cut before it are closed before they are scored.</summary>
public sealed class ClosingTests
{
    private static readonly GenerationRequest s_request = new()
    {
        Prompt = new TextPrompt("Hello there."),
        MaxTokens = 6,
        Sampling = new SamplingSettings { Seed = 3, LogitBias = new Dictionary<int, float> { [TinyTokenizer.End] = 2.5f } },
        Alignment = new AlignmentSettings
        {
            Search = new BestOfNSettings { Candidates = 24, Rewards = [new RewardTerm("value")] },
            Report = true,
        },
    };

    [Fact]
    public async Task A_cut_candidate_is_scored_at_an_end_of_turn_as_a_finished_one_is()
    {
        float[] end = await HiddenAtEndAsync();
        await using var tiny = new TinyGenerator(change: folder => Plant(folder.Path, end));
        IReadOnlyList<CandidateReport> candidates = await CandidatesAsync(tiny, s_request);
        ILookup<bool, CandidateReport> cut = candidates.ToLookup(candidate => candidate.FinishReason == FinishReason.Length);
        Assert.True(cut[true].Count() > 3 && cut[false].Count() > 3, $"{cut[true].Count()} of 24 are cut");
        Assert.All(cut[false], candidate => Assert.Equal(ScoredAt.EndOfTurn, candidate.ScoredAt));
        Assert.All(cut[true], candidate => Assert.Equal(ScoredAt.Closed, candidate.ScoredAt));
        foreach (CandidateReport candidate in candidates)
        {
            Assert.Equal(await ScoreAsync(tiny, candidate, closes: true), candidate.Rewards["value"], 1e-4);
        }

        // The planted head likes every token better than an end: where the last token was read, being cut was all it took.
        List<double> last = [];
        foreach (CandidateReport candidate in cut[true])
        {
            last.Add(await ScoreAsync(tiny, candidate, closes: false));
        }

        double finished = cut[false].Average(candidate => candidate.Score!.Value);
        Assert.True(last.Max() > cut[false].Max(candidate => candidate.Score!.Value), "a cut one would have won");
        double before = last.Average() - finished, after = cut[true].Average(candidate => candidate.Score!.Value) - finished;
        Assert.True(before > 1 && Math.Abs(after) < before / 2, $"cut ones were better by {before}, and are by {after}");
    }

    /// <summary>One that was trained at every token says so in its file; beside one that was not, each reads its own token.</summary>
    [Fact]
    public async Task A_head_of_prefixes_scores_a_cut_candidate_at_its_last_token()
    {
        await using var tiny = new TinyGenerator(change: folder =>
        {
            TinyRewards.WriteValue(folder.Path, "prefix", new TinyShape(), seed: 5); // the numbers of "value"
            string path = Path.Combine(folder.Path, "heads", "prefix", "head_config.json");
            File.WriteAllText(path, File.ReadAllText(path).Replace("{", "{\"reads\":\"last_token\",", StringComparison.Ordinal));
        });
        AlignmentSettings both = s_request.Alignment with
        {
            Search = new BestOfNSettings { Candidates = 24, Rewards = [new RewardTerm("prefix"), new RewardTerm("value")] },
        };
        IReadOnlyList<CandidateReport> candidates = await CandidatesAsync(tiny, s_request with { Alignment = both });
        ILookup<bool, CandidateReport> cut = candidates.ToLookup(candidate => candidate.FinishReason == FinishReason.Length);
        Assert.All(cut[true], candidate => Assert.Equal(ScoredAt.LastToken, candidate.ScoredAt));
        Assert.All(cut[false], candidate => Assert.Equal(ScoredAt.EndOfTurn, candidate.ScoredAt));
        foreach (CandidateReport candidate in cut[true])
        {
            Assert.Equal(await ScoreAsync(tiny, candidate, closes: false), candidate.Rewards["prefix"], 1e-4);
            Assert.Equal(await ScoreAsync(tiny, candidate, closes: true), candidate.Rewards["value"], 1e-4);
        }

        Assert.All(cut[false], candidate => Assert.Equal(candidate.Rewards["value"], candidate.Rewards["prefix"], 1e-6));
        Assert.NotEmpty(cut[true]);
        Assert.NotEmpty(cut[false]);
    }

    [Fact]
    public async Task A_response_that_a_text_stopped_is_closed_too()
    {
        await using var tiny = new TinyGenerator();
        string text = (await CandidatesAsync(tiny, s_request)).MaxBy(candidate => candidate.Text.Length)!.Text;
        IReadOnlyList<CandidateReport> candidates = await CandidatesAsync(tiny, s_request with { Stop = [text[1..3]] });
        CandidateReport[] closed =
        [
            .. candidates.Where(candidate => candidate is { FinishReason: FinishReason.Stop, ScoredAt: ScoredAt.Closed }),
        ];
        Assert.NotEmpty(closed);
        foreach (CandidateReport candidate in closed)
        {
            // The miniature's tokens are bytes: what is shown is so many of them.
            CandidateReport shown = candidate with { Tokens = [.. candidate.Tokens.Take(Encoding.UTF8.GetByteCount(candidate.Text))] };
            Assert.True(shown.Tokens.Count < candidate.Tokens.Count);
            Assert.Equal(await ScoreAsync(tiny, shown, closes: true), candidate.Rewards["value"], 1e-4);
            double behind = await ScoreAsync(tiny, candidate, closes: true);
            Assert.True(Math.Abs(behind - candidate.Rewards["value"]) > 1e-3, $"{behind} is read behind the stop text");
        }
    }

    /// <summary>Where ends are ignored, one that is drawn last ends nothing; nor does a token that only the request ends at.</summary>
    [Fact]
    public async Task Only_an_end_that_ended_the_response_counts_as_one()
    {
        await using var tiny = new TinyGenerator();
        GenerationRequest ignoring = s_request with { Sampling = s_request.Sampling with { IgnoreEos = true } };
        CandidateReport[] last =
        [
            .. (await CandidatesAsync(tiny, ignoring)).Where(candidate => candidate.Tokens[^1].Id == TinyTokenizer.End),
        ];
        Assert.NotEmpty(last);
        foreach (CandidateReport candidate in last)
        {
            Assert.Equal((FinishReason.Length, ScoredAt.Closed), (candidate.FinishReason, candidate.ScoredAt));
            Assert.Equal(await ScoreAsync(tiny, candidate, closes: true, isOpen: true), candidate.Rewards["value"], 1e-4);
        }

        int stop = (await CandidatesAsync(tiny, s_request)).First(candidate => candidate.Tokens.Count > 2).Tokens[1].Id;
        foreach (bool shown in (bool[])[false, true])
        {
            GenerationRequest stopping = s_request with { StopTokens = [stop], IncludeStop = shown };
            CandidateReport stopped = (await CandidatesAsync(tiny, stopping)).First(candidate => candidate.Tokens[^1].Id == stop);
            CandidateReport seen = shown ? stopped : stopped with { Tokens = [.. stopped.Tokens.SkipLast(1)] };
            Assert.Equal((FinishReason.Stop, ScoredAt.Closed), (stopped.FinishReason, stopped.ScoredAt));
            Assert.Equal(await ScoreAsync(tiny, seen, closes: true), stopped.Rewards["value"], 1e-4);
        }
    }

    /// <summary>The context ends where response and end of turn do.</summary>
    [Fact]
    public async Task The_end_of_turn_has_room_where_the_context_is_full()
    {
        await using var tiny = new TinyGenerator();
        int room = tiny.Engine.Cache.MaxLength - tiny.Generator.Encode(s_request.Prompt).Count;
        AlignmentSettings two = new() { Search = new BestOfNSettings { Candidates = 2, Rewards = [new RewardTerm("value")] } };
        GenerationRequest full = s_request with { Alignment = two, Sampling = new SamplingSettings { IgnoreEos = true } };
        Assert.Null(tiny.Generator.Prepare(full with { MaxTokens = room }, []));
        List<GenerationEvent> events = await tiny.RunAsync(full with { MaxTokens = room - 1 });
        Assert.Equal(2 * (room - 1), Assert.Single(events.OfType<UsageEvent>()).CompletionTokens);
    }

    /// <summary>What a reward is, is open: this one reads no hidden state.</summary>
    [Fact]
    public async Task A_reward_of_another_kind_scores_texts()
    {
        await using var tiny = new TinyGenerator();
        tiny.Rewards.Add(new LengthReward());
        Assert.Throws<InvalidDataException>(() => tiny.Rewards.Add(new LengthReward()));
        AlignmentSettings longest = new()
        {
            Search = new BestOfNSettings { Candidates = 8, Rewards = [new RewardTerm(LengthReward.RewardName)] },
            Report = true,
        };
        List<GenerationEvent> events = await tiny.RunAsync(s_request with { Alignment = longest });
        IReadOnlyList<CandidateReport> candidates = events.OfType<ReportEvent>().Single().Report.Candidates;
        Assert.All(candidates, candidate => Assert.Equal((candidate.Text.Length, null), ((int)candidate.Score!.Value, candidate.ScoredAt)));
        Assert.Equal(candidates.Max(candidate => candidate.Text.Length), TinyGenerator.TextOf(events).Length);
    }

    private static async Task<IReadOnlyList<CandidateReport>> CandidatesAsync(TinyGenerator tiny, GenerationRequest request)
        => (await tiny.RunAsync(request)).OfType<ReportEvent>().Single().Report.Candidates;

    /// <summary>w = -h(end), so that the end of a turn is the worst of all tokens.</summary>
    private static void Plant(string folder, float[] end) => TinySafetensors.Write(
        Path.Combine(folder, "heads", "value", "head.safetensors"),
        [new TinyTensor("weight", [1, end.Length], Array.ConvertAll(end, x => -x)), new TinyTensor("bias", [1], [0])]);

    private static async Task<float[]> HiddenAtEndAsync()
    {
        await using var tiny = new TinyGenerator();
        return await HiddenAsync(tiny, [.. tiny.Generator.Encode(s_request.Prompt), 'a', TinyTokenizer.End]);
    }

    private static async Task<double> ScoreAsync(TinyGenerator tiny, CandidateReport candidate, bool closes, bool? isOpen = null)
    {
        int[] tokens = [.. tiny.Generator.Encode(s_request.Prompt), .. candidate.Tokens.Select(token => token.Id)];
        isOpen ??= !tiny.Model.EndTokens.Contains(tokens[^1]);
        float[] hidden = await HiddenAsync(tiny, isOpen.Value && closes ? [.. tokens, TinyTokenizer.End] : tokens);
        return ((ValueReward)tiny.Rewards.Rewards["value"]).Score(hidden);
    }

    private static Task<float[]> HiddenAsync(TinyGenerator tiny, int[] tokens) => tiny.Engine.RunAsync(
        async session =>
        {
            using Sequence sequence = session.CreateSequence(tokens, []);
            await sequence.ComputeAsync();
            return sequence.LastHidden.ToArray();
        },
        new SessionOptions(),
        CancellationToken.None);

    private sealed class LengthReward : IReward
    {
        public const string RewardName = "length";

        public string Name => RewardName;

        public Task<RewardScore[]> ScoreAsync(IReadOnlyList<RewardDraft> drafts)
            => Task.FromResult(drafts.Select(draft => new RewardScore(draft.Text.Length)).ToArray());
    }
}
