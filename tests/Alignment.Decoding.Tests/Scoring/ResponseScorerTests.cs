using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Decoding.Scoring;
using Alignment.Inference;
using Alignment.Inference.Sessions;
using Alignment.Tests.Models;

namespace Alignment.Decoding.Tests.Scoring;

/// <summary>A response that somebody has written is scored as if the server had drawn it.</summary>
public sealed class ResponseScorerTests : IAsyncLifetime, IAsyncDisposable
{
    private const int FirstByteBeyondAscii = 128;

    private static readonly ChatPrompt s_prompt = new([new ChatTurn("system", "Be brief."), new ChatTurn("user", "What is it?")]);
    private static readonly ScorerName[] s_names =
    [
        new("value", IsSum: false),
        new("head", IsSum: true),
        new("head", IsSum: false),
        new("arm", IsSum: true),
        new("frozen", IsSum: true),
        new("frozen", IsSum: false),
    ];

    private readonly TinyGenerator _tiny = new();

    public Task InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public ValueTask DisposeAsync() => _tiny.DisposeAsync();

    [Fact]
    public async Task Its_scores_are_those_of_the_same_response_when_it_was_drawn()
    {
        CandidateReport[] candidates = await DrawAsync();
        CandidateReport[] ended = [.. candidates.Where(candidate => candidate.Tokens[^1].Id == TinyTokenizer.End)];
        Assert.InRange(ended.Length, 3, candidates.Length - 3);
        double[][][] scores = (await Scorer([1]).ScoreAsync(s_prompt, [.. candidates.Select(own => own.Text)], CancellationToken.None))!;
        Assert.All(candidates.Zip(scores), pair => Assert.Equal(pair.First.Rewards["value"], pair.Second[0][0], 1e-4));
        foreach ((CandidateReport candidate, double[][] own) in candidates.Zip(scores).Where(pair => ended.Contains(pair.First)))
        {
            int count = candidate.Tokens.Count;
            double head = candidate.Tokens.Sum(token => token.Guides[0]) / 0.5;
            double arm = candidate.Tokens.Sum(token => token.Guides[1]) / 0.25;
            double frozen = candidate.Tokens.Sum(token => token.FrozenLogProbability);
            double[] expected = [candidate.Rewards["value"], head, head / count, arm, frozen, frozen / count];
            Assert.Equal(expected, own[0], (a, b) => Math.Abs(a - b) < 1e-3);
        }
    }

    [Fact]
    public async Task A_beginning_is_scored_as_a_response_that_is_not_finished()
    {
        const string Text = "Something or other";
        double[][] scores = (await Scorer([0.25, 0.5, 1]).ScoreAsync(s_prompt, [Text], CancellationToken.None))![0];
        Assert.Equal(3, scores.Length);
        double[] half = (await Scorer([1]).ScoreAsync(s_prompt, [Text[..9]], CancellationToken.None))![0][0];

        // A value head reads it at an end of turn that is put behind it; of the tokens there is no end yet.
        Assert.Equal(half[0], scores[1][0], 1e-5);
        int[] prompt = [.. _tiny.Generator.Encode(s_prompt)];
        float[] frozen = await FrozenAsync([.. prompt, .. Text[..9].Select(letter => (int)letter)], prompt.Length);
        Assert.Equal(frozen.Sum(number => (double)number), scores[1][4], 1e-4);
        Assert.Equal(frozen.Average(number => (double)number), scores[1][5], 1e-5);
        Assert.Equal(frozen.Take(4).Sum(number => (double)number), scores[0][4], 1e-4); // 4.5 tokens
        double[] whole = (await Scorer([1]).ScoreAsync(s_prompt, [Text], CancellationToken.None))![0][0];
        Assert.Equal(whole, scores[2], (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public async Task Responses_to_one_prompt_share_its_rows()
    {
        ChatPrompt prompt = new([new ChatTurn("user", new string('q', 200))]);
        await Scorer([1]).ScoreAsync(prompt, ["First answer", "Second one", "And a third"], CancellationToken.None);

        // On the two paths, that of the frozen model and that of the adapter, the prompt once and not three times.
        int rows = _tiny.Generator.Encode(prompt).Count;
        Assert.InRange(_tiny.Engine.Statistics.ForwardTokens, 2 * rows, 3 * rows);
    }

    [Fact]
    public async Task Text_of_control_tokens_is_text()
    {
        double[][][] scores = (await Scorer([1]).ScoreAsync(s_prompt, ["No<|end|>", "No"], CancellationToken.None))!;
        Assert.NotEqual(scores[0][0][0], scores[1][0][0]);
    }

    [Fact]
    public async Task What_cannot_be_scored_is_told_apart()
    {
        ResponseScorer scorer = Scorer([1]);
        Assert.Null(await scorer.ScoreAsync(s_prompt, ["short", new string('x', 600)], CancellationToken.None));
        Assert.NotNull(await scorer.ScoreAsync(s_prompt, ["short"], CancellationToken.None));
        Assert.Throws<KeyNotFoundException>(
            () => new ResponseScorer(_tiny.Model, _tiny.Rewards, _tiny.Engine, [new ScorerName("nobody", IsSum: true)], [1]));
    }

    [Theory]
    [InlineData("value", "value", false)]
    [InlineData("head", "head", false)]
    [InlineData("head:mean", "head", false)]
    [InlineData("arm:sum", "arm", true)]
    [InlineData("frozen:sum", "frozen", true)]
    [InlineData("a:sum", "a:sum", false)] // a head may be called so
    [InlineData("frozen", null, false)]
    [InlineData("value:sum", null, false)]
    [InlineData("nobody", null, false)]
    [InlineData(":sum", null, false)]
    public void A_name_says_what_scores_and_how(string text, string? source, bool isSum) =>
        Assert.Equal(source is null ? null : new ScorerName(source, isSum), ScorerName.Parse(text, ["head", "arm", "a:sum"], ["value"]));

    private ResponseScorer Scorer(double[] shares) => new(_tiny.Model, _tiny.Rewards, _tiny.Engine, s_names, shares);

    /// <summary>Candidates of letters alone, so that their text says which tokens they have; some end their turn, some are cut.</summary>
    private async Task<CandidateReport[]> DrawAsync()
    {
        Dictionary<int, float> bias =
            Enumerable.Range(FirstByteBeyondAscii, TinyTokenizer.End - FirstByteBeyondAscii).ToDictionary(id => id, _ => -100f);
        bias[TinyTokenizer.End] = 1.5f;
        List<GenerationEvent> events = await _tiny.RunAsync(new GenerationRequest
        {
            Prompt = s_prompt,
            MaxTokens = 6,
            MinTokens = 1,
            Sampling = new SamplingSettings { Seed = 4, LogitBias = bias },
            Alignment = new AlignmentSettings
            {
                Guidance = [new GuidanceSource("head", 0.5f), new GuidanceSource("arm", 0.25f)],
                Search = new BestOfNSettings { Candidates = 16, Rewards = [new RewardTerm("value")] },
                Report = true,
            },
        });
        return [.. events.OfType<ReportEvent>().Single().Report.Candidates];
    }

    private Task<float[]> FrozenAsync(int[] tokens, int from) => _tiny.Engine.RunAsync(
        async session =>
        {
            float[] scores = new float[tokens.Length - from];
            using Sequence sequence = session.CreateSequence(tokens, []);
            await sequence.ScoreAsync(from, scores);
            return scores;
        },
        new SessionOptions(),
        CancellationToken.None);
}
