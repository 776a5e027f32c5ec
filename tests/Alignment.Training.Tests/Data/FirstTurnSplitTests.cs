using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Data.Documents;
using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Tests.Data;

/// <summary>Whatever the format, the user's first turn decides the part, in any spelling, and whatever comes before and after.</summary>
public sealed class FirstTurnSplitTests : IDisposable
{
    private const double HeldOut = 0.3;
    private const int Prompts = 60;

    private static readonly Dictionary<string, string> s_rows = new()
    {
        [SourceFormat.Preference] = """
            {"prompt": "\n\nHuman: QUESTION\n\nAssistant: Go on.\n\nHuman: LATER", "chosen": "yes LATER", "rejected": "no"}
            """,
        [SourceFormat.Unpaired] = """
            {"prompt": "\n\nHuman: QUESTION\n\nAssistant: Go on.\n\nHuman: LATER", "completion": "GOOD LATER", "label": GOOD}
            """,
        [SourceFormat.Dialogue] = """
            {"messages": [{"role": "assistant", "content": "Hi LATER"}, {"role": "user", "content": "QUESTION"},
            {"role": "assistant", "content": "LATER"}]}
            """,
        [SourceFormat.Ranks] = """
            {"context": [["assistant", "Hi LATER"], ["prompter", "QUESTION"], ["assistant", "Go on."], ["prompter", "LATER"]],
            "chosen": "x", "rejected": "y"}
            """,
        [SourceFormat.Annotators] = """
            {"instruction": "QUESTION", "input": "", "response1": "f LATER", "response2": "s",
            "annotator1": 1, "annotator2": 1, "annotator3": 1}
            """,
        [SourceFormat.Feedback] = """
            {"context": "[{\"role\": \"agent\", \"text\": \"Hi\"}, {\"role\": \"user\", \"text\": \"QUESTION\"},
            {\"role\": \"agent\", \"text\": \"Go on.\"}, {\"role\": \"user\", \"text\": \"LATER\"}]",
            "generation": "{\"role\": \"agent\", \"text\": \"GOOD\"}", "reward": REWARD}
            """,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Formats => [.. s_rows.Keys];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Pairs(string format)
    {
        PreferencePair[] pairs = [.. PreferenceReader.Read(_folder.Path, Source(format))];
        Assert.Equal(3, pairs.Select(pair => pair.Part).Distinct().Count());
        Assert.All(pairs, pair => Assert.Equal(Expected(pair.Prompt), pair.Part));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Documents(string format)
    {
        Document[] documents = [.. DocumentReader.Read(_folder.Path, Source(format))];
        Assert.Equal(3, documents.Select(document => document.Part).Distinct().Count());
        Assert.All(documents, document => Assert.Equal(Expected(document.Turns), document.Part));
    }

    /// <summary>What is held out at 0.3 in one mix is all that another reads with a share of 0.3, split again into three parts.</summary>
    [Theory]
    [MemberData(nameof(Formats))]
    public void A_share_reads_what_others_hold_out(string format)
    {
        MixSource all = Source(format);
        string[] heldOut = Prompted(all, part => part == DataPart.HeldOut);
        MixSource share = all with { Share = HeldOut, HeldOut = HeldOut / 3 };
        Assert.NotEmpty(heldOut);
        Assert.Equal(heldOut, Prompted(share, _ => true));
        string[][] parts = [.. Enum.GetValues<DataPart>().Select(only => Prompted(share, part => part == only))];
        Assert.All(parts, Assert.NotEmpty);
        Assert.Equal(heldOut.Length, parts.Sum(part => part.Length));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Excepted_turns_are_left_out(string format)
    {
        string[] left = Prompted(Source(format) with { Except = ["Question no. 7!", "question NO 8"] }, _ => true);
        Assert.Equal(Enumerable.Range(0, Prompts).Where(i => i is not (7 or 8)).Select(Key).Order(), left);
    }

    [Fact]
    public void Without_a_user_or_letters_the_whole_text_is_the_key()
    {
        Assert.Equal("onceuponatime2", DataSplit.Key([new Turn(null, "Once upon a Time, 2...")]));
        Assert.Equal("goon", DataSplit.Key([new Turn(Turn.User, "?!"), new Turn(Turn.Assistant, "Go on.")]));
        Assert.Equal("?!\n:)", DataSplit.Key([new Turn(Turn.User, "?!"), new Turn(Turn.Assistant, ":)")]));
        Turn[] turns = [new(Turn.System, "Be kind."), new(Turn.User, "Ça, 𝟙 好"), new(Turn.User, "b")];
        Assert.Equal("ça𝟙好", DataSplit.Key(turns));
    }

    private static string Key(int prompt) => $"questionno{prompt}";

    private static DataPart Expected(IReadOnlyList<Turn> turns)
    {
        string first = turns.First(turn => turn.Role == Turn.User).Content;
        string number = new([.. first.Where(char.IsAsciiDigit)]);
        return DataSplit.PartOf($"questionno{number}", HeldOut);
    }

    private string[] Prompted(MixSource source, Predicate<DataPart> part) =>
    [
        .. PreferenceReader.Read(_folder.Path, source).Where(pair => part(pair.Part)).Select(pair => DataSplit.Key(pair.Prompt))
            .Distinct()
            .Order(),
    ];

    /// <summary>Every prompt with two spellings, two continuations and, where rows have one answer, a good and a bad one.</summary>
    private MixSource Source(string format)
    {
        IEnumerable<string> rows =
            from prompt in Enumerable.Range(0, Prompts)
            from spelling in new[] { "Question No. ", "question, no " }
            from later in new[] { "tea", "some coffee" }
            from good in new[] { true, false }
            select s_rows[format].ReplaceLineEndings(" ")
                .Replace("QUESTION", spelling + prompt, StringComparison.Ordinal)
                .Replace("LATER", later, StringComparison.Ordinal)
                .Replace("REWARD", good ? "1" : "0", StringComparison.Ordinal)
                .Replace("GOOD", good ? "true" : "false", StringComparison.Ordinal);
        return new MixSource(_folder.WriteGzip("rows.jsonl.gz", [.. rows]), format, "test", HeldOut: HeldOut);
    }
}
