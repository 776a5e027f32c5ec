using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Evaluation;

namespace Alignment.Training.Tests.Evaluation;

/// <summary>The forms in which others write what is compared, and what is measured of them.</summary>
public sealed class ComparisonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"prompt":"q","chosen":" a ","rejected":"b","subset":"chat"}""", "a", "b")] // RewardBench
    [InlineData("""{"prompt":"\n\nHuman: q\n\nAssistant:","chosen":" a\n\nHuman: more","rejected":" b"}""", "a", "b")]
    [InlineData("""{"chosen":"\n\nHuman: q\n\nAssistant: a","rejected":"\n\nHuman: q\n\nAssistant: b"}""", "a", "b")]
    [InlineData("""{"prompt":[{"role":"user","content":"q"}],"chosen":[{"role":"assistant","content":"a"}],"rejected":"b"}""", "a", "b")]
    [InlineData("""{"id":1,"prompt":"q","chosen":["a","aa","aaa"],"rejected":["b","bb","bbb"],"domain":"x"}""", "a aa aaa", "b bb bbb")]
    [InlineData("""{"prompt":"q","chosen":["a"],"rejected":["b","c","d"]}""", "a", "b c d")] // RewardBench 2
    [InlineData(
        """{"conversation_input":[{"role":"user","content":"q","language":"en"}],"chosen":{"answer":"a"},"reject":{"answer":"b"}}""",
        "a",
        "b")]
    [InlineData(
        """{"conversation_input":[{"role":"user","content":"q"}],"bon_best":{"llm_name":"m","answer":" a"},"loser_list":"""
        + """[{"answer":"b"},{"answer":"c"}]}""",
        "a",
        "b c")]
    public void Every_form_is_recognised(string row, string chosen, string rejected)
    {
        foreach (string file in new[] { Write("rows.jsonl", row), _folder.WriteGzip("rows.jsonl.gz", row), Write("rows.json", $"[{row}]") })
        {
            Comparison comparison = Assert.Single(Read(file));
            Assert.Equal([new Turn("user", "q")], comparison.Prompt);
            Assert.Equal(chosen.Split(' '), comparison.Chosen);
            Assert.Equal(rejected.Split(' '), comparison.Rejected);
            Assert.True(comparison is { IsUsable: true, IsBorrowed: false });
        }
    }

    [Theory]
    [InlineData("line 2: 'rejected' is missing", """{"prompt":"q","chosen":"a","rejected":"b"}""", """{"prompt":"q","chosen":"a"}""")]
    [InlineData("line 1: 'chosen[1]' is a number, not a text", """{"prompt":"q","chosen":["a",1],"rejected":["b"]}""")]
    [InlineData(
        "line 1: 'reject.answer' is missing",
        """{"conversation_input":[{"role":"user","content":"q"}],"chosen":{"answer":"a"},"reject":{}}""")]
    [InlineData(
        "line 1: 'loser_list[0]' is a text, not an object",
        """{"conversation_input":[{"role":"user","content":"q"}],"bon_best":{"answer":"a"},"loser_list":["b"]}""")]
    [InlineData("line 1: has 'conversation_input', and neither", """{"conversation_input":[],"chosen":{"answer":"a"}}""")]
    [InlineData("no format that is recognised", """{"question":"q","better":"a"}""")]
    public void A_mistake_is_told_by_line_and_field(string message, params string[] rows) =>
        Assert.Contains(
            message,
            Assert.Throws<InvalidDataException>(() => Read(Write("rows.jsonl", string.Join('\n', rows)))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_row_has_so_many_responses_at_most()
    {
        string many = string.Join(',', Enumerable.Range(0, 65).Select(i => $"\"{i}\""));
        string file = Write("rows.jsonl", $$"""{"prompt":"q","chosen":["a"],"rejected":[{{many}}]}""");
        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => Read(file));
        Assert.Contains("65 responses of a kind, and 64", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Formats_of_training_are_read_too_and_say_what_is_borrowed()
    {
        string file = Write(
            "rows.jsonl",
            """
            {"prompt":"p","completion":"a","label":true}
            {"prompt":"p","completion":"b","label":false}
            {"prompt":"q","completion":"c","label":true}
            """);
        Comparison[] comparisons = [.. Read(file)];
        Assert.Equal(["a b", "c b"], comparisons.Select(own => $"{own.Chosen[0]} {own.Rejected[0]}").Order(StringComparer.Ordinal));
        Assert.Equal([false, true], comparisons.OrderBy(own => own.Key, StringComparer.Ordinal).Select(own => own.IsBorrowed));
    }

    [Fact]
    public void Every_chosen_response_is_compared_with_every_other_one()
    {
        Comparison comparison = new([new Turn("user", "Q!")], ["a", "aaa"], ["bb", "b", "bbbb"]);
        ScoredPair[] pairs = [.. comparison.Pairs([10, 20, 1, 2, 30])];
        Assert.Equal([9, 8, -20, 19, 18, -10], pairs.Select(pair => pair.Margin));
        Assert.Equal([(1, 2), (1, 1), (1, 4), (3, 2), (3, 1), (3, 4)], pairs.Select(pair => (pair.ChosenLength, pair.RejectedLength)));
        Assert.All(pairs, pair => Assert.Equal("q", pair.Prompt));
        Assert.False(comparison.IsBestOf);
        Assert.False(new Comparison(comparison.Prompt, ["a"], ["b", "a"]).IsUsable);
        Assert.False(new Comparison(comparison.Prompt, ["a"], [""]).IsUsable);
        Assert.False(new Comparison([], ["a"], ["b"]).IsUsable);
    }

    [Fact]
    public void The_best_of_several_is_the_one_with_the_highest_score()
    {
        Assert.Equal(1, Comparison.Best([3, 1, 2, 0]));
        Assert.Equal(0, Comparison.Best([3, 1, 4, 0]));
        Assert.Equal(0.5, Comparison.Best([3, 1, 3, 0]));
        Assert.Equal(0.25, Comparison.Best([3, 3, 3, 3]));
    }

    [Fact]
    public void Rows_of_several_have_a_figure_of_their_own()
    {
        Comparison[] rows =
        [
            .. Enumerable.Range(0, 20).Select(i => new Comparison([new Turn("user", $"{i}")], ["a"], i < 12 ? ["b", "cc", "d"] : ["b"])),
        ];
        double[][] scores = [.. rows.Select((row, i) => (double[])[i % 4 == 0 ? 0 : 5, .. row.Rejected.Select(_ => 1.0)])];
        RewardFigures figures = RewardFigures.Of(rows, scores);
        Assert.Equal((12, 0.75), (figures.BestRows, figures.Best!.Value));
        Assert.InRange(figures.Best.Low!.Value, 0.4, 0.74);
        Assert.Equal((12 * 3) + 8, figures.Pairs.Pairs);
        Assert.Equal(20, figures.Pairs.Prompts);
        RewardFigures none = RewardFigures.Of([rows[^1]], [[1, 0]]);
        Assert.Equal((0, null), (none.BestRows, none.Best));
    }

    [Fact]
    public void Beginnings_are_measured_against_pairs_and_against_the_whole()
    {
        Comparison[] rows = [.. Enumerable.Range(0, 20).Select(i => new Comparison([new Turn("user", $"{i}")], ["a"], ["b"]))];
        double[][] whole = [.. rows.Select((_, i) => new double[] { i + 1, -i })];
        double[][] reversed = [.. whole.Select(row => Array.ConvertAll(row, score => -score))];
        PrefixFigures same = PrefixFigures.Of(1, rows, whole, whole);
        Assert.Equal((1, 1, 1.0), (same.Share, same.Accuracy!.Value, same.Correlation));
        PrefixFigures other = PrefixFigures.Of(0.25, rows, reversed, whole);
        Assert.Equal((0.25, 0, -1.0), (other.Share, other.Accuracy!.Value, other.Correlation));
    }

    private IReadOnlyList<Comparison> Read(string file) => ComparisonReader.Read(_folder.Path, new MixSource(file, HeldOut: 0));

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return name;
    }
}
