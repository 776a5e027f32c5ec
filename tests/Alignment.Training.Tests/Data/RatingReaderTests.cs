using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Tests.Data;

/// <summary>What people said of single responses, and what they said of pairs beside which is better.</summary>
public sealed class RatingReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ratings_are_read_by_attribute_and_compare_completions_of_one_prompt()
    {
        string[] rows =
        [
            """{"prompt":"q","completion":"fine","ratings":{"kind":4,"brief":1}}""",
            """{"prompt":"q","completion":"bad","ratings":{"kind":1}}""",
            """{"prompt":"other","completion":"alone","ratings":{"kind":2}}""",
        ];
        IReadOnlyList<RatedResponse> rated = RatingReader.Read(_folder.Path, Write(null, rows), thumbs: false);
        Assert.Equal([2, 1, 1], rated.Select(response => response.Ratings.Count));
        Assert.Equal(("fine", 4.0, 1.0), (rated[0].Response, rated[0].Ratings["kind"], rated[0].Ratings["brief"]));
        PreferencePair pair = Assert.Single(PreferenceReader.Read(_folder.Path, Write(null, rows)));
        Assert.Equal(("fine", "bad", 3.0), (pair.Chosen, pair.Rejected, pair.Margin));
    }

    [Fact]
    public void Thumbs_come_from_both_formats_of_thumbs()
    {
        MixSource unpaired = Write(
            null, """{"prompt":"q","completion":"a","label":true}""", """{"prompt":"q","completion":"b","label":false}""");
        Assert.Equal([1.0, 0], Thumbs(unpaired));
        MixSource feedback = Write(
            SourceFormat.Feedback,
            """{"context":"[{\"role\":\"user\",\"text\":\"x\"}]","generation":"{\"role\":\"x\",\"text\":\"y\"}","reward":0}""");
        Assert.Equal([0.0], Thumbs(feedback));

        double[] Thumbs(MixSource source) =>
            [.. RatingReader.Read(_folder.Path, source, thumbs: true).Select(response => response.Ratings[RatedResponse.Thumb])];
    }

    [Theory]
    [InlineData("'ratings' is a number, not an object", """{"prompt":"q","completion":"a","ratings":3}""")]
    [InlineData("'ratings' is an object, not an object of 1 to 64 numbers", """{"prompt":"q","completion":"a","ratings":{}}""")]
    [InlineData("'ratings.kind' is a text, not a number", """{"prompt":"q","completion":"a","ratings":{"kind":"4"}}""")]
    [InlineData("'ratings' names '../x'", """{"prompt":"q","completion":"a","ratings":{"../x":4}}""")]
    public void Ratings_that_are_none_are_refused(string message, string row) => Assert.Contains(
        message,
        Assert.Throws<InvalidDataException>(
            () => RatingReader.Read(_folder.Path, Write(SourceFormat.Ratings, row), thumbs: false)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void What_is_said_of_a_pair_is_read()
    {
        PreferencePair pair = Pair("\"margin\":2.5,\"agreement\":0.75,\"user\":\"ann-1\"");
        Assert.Equal((2.5, 0.75), (pair.Margin, pair.Agreement));
        Assert.Equal([new Judge("ann-1", Agrees: true)], pair.Judges);
        pair = Pair("\"margin\":null");
        Assert.Equal((0.0, null, 0), (pair.Margin, pair.Agreement, pair.Judges.Count));
        MixSource ranks = Write(
            SourceFormat.Ranks, """{"context":[["prompter","q"]],"chosen":"x","rejected":"y","rank_gap":2}""");
        Assert.Equal(2, Assert.Single(PreferenceReader.Read(_folder.Path, ranks)).Margin);
        MixSource table = new("rows.csv");
        File.WriteAllText(_folder.File("rows.csv"), "prompt,chosen,rejected,margin\nq,a,b,1.5\n");
        Assert.Equal(1.5, Assert.Single(PreferenceReader.Read(_folder.Path, table)).Margin);
    }

    [Fact]
    public void Annotators_are_judges_and_how_many_agree_says_how_sure_a_pair_is()
    {
        MixSource source = Write(
            SourceFormat.Annotators,
            """{"instruction":"i","input":"","response1":"f","response2":"s","annotator1":2,"annotator2":1,"annotator3":2}""",
            """{"instruction":"i","input":"","response1":"f","response2":"s","annotator1":1,"annotator2":1,"annotator3":0}""");
        IReadOnlyList<PreferencePair> pairs = PreferenceReader.Read(_folder.Path, source);
        Assert.Equal([0.6, 0.75], pairs.Select(pair => pair.Agreement!.Value), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal("s", pairs[0].Chosen);
        Assert.Equal(
            [new Judge("annotator1", Agrees: true), new Judge("annotator2", Agrees: false), new Judge("annotator3", Agrees: true)],
            pairs[0].Judges);
        Assert.Equal(["annotator1", "annotator2"], pairs[1].Judges.Select(judge => judge.Name));
    }

    [Theory]
    [InlineData("'margin' is no margin", "\"margin\":-1")]
    [InlineData("'margin' is a text, not a number", "\"margin\":\"far\"")]
    [InlineData("'agreement' is not between 0.5 and 1", "\"agreement\":0.4")]
    [InlineData("'user' names 'a b'", "\"user\":\"a b\"")]
    public void What_makes_no_sense_is_refused(string message, string field) => Assert.Contains(
        message, Assert.Throws<InvalidDataException>(() => Pair(field)).Message, StringComparison.Ordinal);

    private PreferencePair Pair(string field) => Assert.Single(
        PreferenceReader.Read(_folder.Path, Write(null, $$"""{"prompt":"q","chosen":"a","rejected":"b",{{field}}}""")));

    private MixSource Write(string? format, params string[] rows)
    {
        File.WriteAllLines(_folder.File("rows.jsonl"), rows);
        return new MixSource("rows.jsonl", format);
    }
}
