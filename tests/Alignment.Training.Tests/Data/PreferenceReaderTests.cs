using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Tests.Data;

public sealed class PreferenceReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Human_assistant_rows_keep_the_prompt_and_both_replies()
    {
        PreferencePair pair = Assert.Single(
            Read(
                SourceFormat.Preference, 2, """{"prompt":"\n\nHuman: a\n\nAssistant:","chosen":" yes\n\nHuman: more","rejected":" no"}"""));
        Assert.Equal([new Turn("user", "a")], pair.Prompt);
        Assert.Equal(("yes", "no", 2f, "rows.jsonl.gz"), (pair.Chosen, pair.Rejected, pair.Weight, pair.Source));
    }

    [Fact]
    public void Ranks_name_the_prompter_user()
    {
        PreferencePair pair = Assert.Single(
            Read(
                SourceFormat.Ranks,
                1,
                """{"context":[["prompter","q"],["assistant","a"],["prompter","r"]],"chosen":"x","rejected":"y","rank_gap":2}"""));
        Assert.Equal(["user", "assistant", "user"], pair.Prompt.Select(turn => turn.Role));
    }

    [Fact]
    public void Annotators_decide_by_majority_and_ties_are_dropped()
    {
        static string Row(int one, int two, int three, string second = "\"s\"") =>
            $$"""{"instruction":"i","input":"n","response1":"f","response2":{{second}},"annotator1":{{one}},"annotator2":{{two}},"annotator3":{{three}}}""";

        PreferencePair[] pairs = Read(
            SourceFormat.Annotators, 1, Row(1, 1, 1), Row(2, 0, 2), Row(0, 0, 1), Row(1, 2, 0), Row(2, 2, 2, "[1, 2]"));
        Assert.Equal(["f", "s", "[1, 2]"], pairs.Select(pair => pair.Chosen));
        Assert.Equal([1, 2 / 3f, 1], pairs.Select(pair => pair.Weight));
        Assert.Equal("i\n\nn", pairs[0].Prompt[0].Content);
    }

    [Fact]
    public void Thumbs_on_one_prompt_make_a_pair_and_single_thumbs_borrow_the_other_side()
    {
        static string Row(string prompt, string completion, bool safe) =>
            $$"""{"prompt":"{{prompt}}","completion":"{{completion}}","label":{{(safe ? "true" : "false")}},"category":"c"}""";

        PreferencePair[] pairs = Read(
            SourceFormat.Unpaired,
            1,
            heldOut: 0.999999,
            Row("both", "good", true),
            Row("both", "bad", false),
            Row("only safe", "kind", true),
            Row("only unsafe", "rude", false));
        Assert.Equal(("good", "bad", 1f), Single("both"));
        Assert.Equal("kind", Single("only safe").Chosen);
        Assert.Contains(Single("only safe").Rejected, new[] { "bad", "rude" });
        Assert.Equal("rude", Single("only unsafe").Rejected);
        Assert.Contains(Single("only unsafe").Chosen, new[] { "good", "kind" });
        Assert.Equal(0.5f, Single("only unsafe").Weight);
        Assert.Equal(["both"], pairs.Where(pair => !pair.IsBorrowed).Select(pair => pair.Key));

        (string Chosen, string Rejected, float Weight) Single(string prompt)
        {
            PreferencePair pair = Assert.Single(pairs, pair => pair.Prompt[0].Content == prompt);
            return (pair.Chosen, pair.Rejected, pair.Weight);
        }
    }

    [Fact]
    public void Borrowed_texts_stay_in_their_part()
    {
        string[] rows =
        [
            .. Enumerable.Range(0, 400).Select(
                i => $$"""{"messages":[{"role":"user","content":"question {{i}}"},{"role":"assistant","content":"answer {{i}}"}]}"""),
        ];
        PreferencePair[] pairs = Read(SourceFormat.Dialogue, 1, heldOut: 0.3, rows);
        Dictionary<string, DataPart> partOfAnswer = pairs.ToDictionary(pair => pair.Chosen, pair => pair.Part);
        Assert.Equal(3, pairs.Select(pair => pair.Part).Distinct().Count());
        Assert.All(pairs, pair =>
        {
            Assert.Equal(pair.Prompt[^1].Content.Replace("question", "answer", StringComparison.Ordinal), pair.Chosen);
            Assert.NotEqual(pair.Chosen, pair.Rejected);
            Assert.True(pair.IsBorrowed);
            Assert.Equal(pair.Part, partOfAnswer.GetValueOrDefault(pair.Rejected, pair.Part));
        });
    }

    [Fact]
    public void Feedback_prefers_a_good_utterance_to_a_bad_one_in_the_same_context_and_ignores_calls()
    {
        static string Row(string generation, int reward) =>
            $$$"""{"context":"[{\"role\":\"user\",\"text\":\"tea\"},{\"role\":\"agent\",\"api\":{}}]","generation":"{{{generation}}}","reward":{{{reward}}}}""";

        PreferencePair pair = Assert.Single(Read(
            SourceFormat.Feedback, 1, Row("""{\"role\":\"agent\",\"text\":\"Sure.\"}""", 1), Row(
                """{\"role\":\"agent\",\"text\":\"What?\"}""", 0), Row("""{\"role\":\"agent\",\"api\":{}}""", 0)));
        Assert.Equal(("Sure.", "What?", 1f), (pair.Chosen, pair.Rejected, pair.Weight));
        Assert.Equal([new Turn("user", "tea")], pair.Prompt);
        Assert.False(pair.IsBorrowed);
    }

    [Fact]
    public void A_malformed_row_is_named_by_file_and_line()
    {
        InvalidDataException fault = Assert.Throws<InvalidDataException>(
            () => Read(SourceFormat.Preference, 1, """{"prompt":"\n\nHuman: a","chosen":"b","rejected":"c"}""", """{"prompt":"x"}"""));
        Assert.Contains("rows.jsonl.gz: line 2", fault.Message, StringComparison.Ordinal);
    }

    private PreferencePair[] Read(string format, double weight, params string[] rows) => Read(format, weight, 0.1, rows);

    private PreferencePair[] Read(string format, double weight, double heldOut, params string[] rows) =>
        [.. PreferenceReader.Read(_folder.Path, new MixSource(_folder.WriteGzip("rows.jsonl.gz", rows), format, "test", weight, heldOut))];
}
