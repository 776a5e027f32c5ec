using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Tests.Data;

/// <summary>
/// Preferences as others write them: TRL's shapes, raw Anthropic HH, tables; recognised, renamed, and refused with file, line and field.
/// </summary>
public sealed class PreferenceFormatTests : IDisposable
{
    private static readonly Turn[] s_sky = [new(Turn.User, "What colour is the sky?")];
    private static readonly (string, string) s_answers = ("Blue.", "Green.");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"prompt":"What colour is the sky?","chosen":"Blue.","rejected":"Green."}""")]
    [InlineData(
        """{"prompt":[{"role":"user","content":"What colour is the sky?"}],"chosen":["""
        + """{"role":"assistant","content":"Blue."}],"rejected":[{"role":"assistant","content":"Green."}]}""")]
    [InlineData(
        """{"chosen":[{"role":"user","content":"What colour is the sky?"},{"role":"assistant","content":"Blue."}],"rejected":["""
        + """{"role":"user","content":"What colour is the sky?"},{"role":"assistant","content":"Green."}]}""")]
    [InlineData(
        """{"prompt":"What colour is the sky?","chosen":[{"role":"user","content":"What colour is the sky?"},"""
        + """{"role":"assistant","content":"Blue."}],"rejected":[{"role":"user","content":"What colour is the sky?"},"""
        + """{"role":"assistant","content":"Green."}]}""")]
    [InlineData("""{"chosen":"What colour is the sky? Blue.","rejected":"What colour is the sky? Green."}""")]
    [InlineData(
        """{"chosen":"\n\nHuman: What colour is the sky?\n\nAssistant: Blue.","rejected":"\n\nHuman: What colour is the """
        + """sky?\n\nAssistant: Green."}""")]
    [InlineData(
        """{"chosen":"Human: What colour is the sky?\n\nAssistant: Blue.\n\nHuman: Why?\n\nAssistant: Air.","rejected":"Human: What """
        + """colour is the sky?\n\nAssistant: Green."}""")]
    [InlineData("""{"prompt":"\n\nHuman: What colour is the sky?\n\nAssistant:","chosen":" Blue.","rejected":" Green.","margin":2}""")]
    public void Every_shape_of_a_preference_is_the_same_pair(string row)
    {
        foreach (string? format in new[] { null, SourceFormat.Preference })
        {
            PreferencePair pair = Assert.Single(Read("rows.jsonl", row, format));
            Assert.Equal(s_sky, pair.Prompt);
            Assert.Equal(s_answers, (pair.Chosen, pair.Rejected));
        }
    }

    [Fact]
    public void Transcripts_are_split_where_they_part()
    {
        static string Row(string chosen, string rejected) => JsonSerializer.Serialize(new
        {
            chosen = $"\n\nHuman: a\n\nAssistant: b\n\nHuman: {chosen}",
            rejected = $"\n\nHuman: a\n\nAssistant: b\n\nHuman: {rejected}",
        });

        string[] rows =
        [
            Row("c\n\nAssistant: yes", "c\n\nAssistant: no"),
            Row("c\n\nAssistant: yes", "d\n\nAssistant: no"),
            Row("c\n\nAssistant:", "c\n\nAssistant: no"),
        ];
        PreferencePair[] pairs = Read("rows.jsonl", string.Join('\n', rows));
        Assert.Equal(["a", "b", "c"], pairs[0].Prompt.Select(turn => turn.Content));
        Assert.Equal([true, false, false], pairs.Select(pair => pair.IsUsable)); // parted in a question; without an answer
    }

    [Fact]
    public void System_turns_stay_and_do_not_decide_the_split()
    {
        string[] rows = [.. Enumerable.Range(0, 200).Select(i => JsonSerializer.Serialize(new
        {
            prompt = new[] { new { role = "system", content = "Be kind." }, new { role = "user", content = $"Question {i}" } },
            chosen = "Gladly.",
            rejected = "No.",
        }))];
        PreferencePair[] pairs = Read("rows.jsonl", string.Join('\n', rows));
        Assert.Equal(Turn.System, pairs[0].Prompt[0].Role);
        Assert.Equal(3, pairs.Select(pair => pair.Part).Distinct().Count());
    }

    [Theory]
    [InlineData("""{"prompt":"a","completion":"good","label":true}""", """{"prompt":"a","completion":"bad","label":false}""")]
    [InlineData(
        """{"prompt":[{"role":"user","content":"a"}],"completion":[{"role":"assistant","content":"good"}],"label":1}""",
        """{"prompt":[{"role":"user","content":"a"}],"completion":[{"role":"assistant","content":"bad"}],"label":0}""")]
    public void Thumbs_need_no_category(params string[] rows)
    {
        PreferencePair pair = Assert.Single(Read("rows.jsonl", string.Join('\n', rows)));
        Assert.Equal(("a", "good", "bad", 1f), (Assert.Single(pair.Prompt).Content, pair.Chosen, pair.Rejected, pair.Weight));
    }

    [Theory]
    [InlineData("rows.csv", "prompt,chosen,rejected\nWhat colour is the sky?,Blue.,Green.\n")]
    [InlineData("rows.csv", "\uFEFFrejected,prompt,\"chosen\"\r\nGreen.,What colour is the sky?,Blue.\r\n\r\n")]
    [InlineData("rows.tsv", "prompt\tchosen\trejected\nWhat colour is the sky?\tBlue.\tGreen.")]
    [InlineData("rows.json", """[ {"prompt":"What colour is the sky?","chosen":"Blue.","rejected":"Green."} ]""")]
    [InlineData("rows.json", """{"prompt":"What colour is the sky?","chosen":"Blue.","rejected":"Green."}""")]
    public void Tables_and_arrays_have_rows_too(string name, string text)
    {
        PreferencePair pair = Assert.Single(Read(name, text));
        Assert.Equal(s_sky, pair.Prompt);
        Assert.Equal(s_answers, (pair.Chosen, pair.Rejected));
    }

    [Fact]
    public void A_quoted_field_holds_separators_quotes_and_line_ends()
    {
        PreferencePair pair = Read("rows.csv", "prompt,chosen,rejected\n\"one, \"\"two\"\"\nthree\",yes,\"no\n\n\"\nq,a,b\n")[0];
        Assert.Equal("one, \"two\"\nthree", pair.Prompt[0].Content);
        Assert.Equal("no", pair.Rejected);
    }

    [Fact]
    public void Columns_may_have_other_names()
    {
        Dictionary<string, string> columns = new() { ["prompt"] = "question", ["chosen"] = "good one", ["rejected"] = "bad" };
        PreferencePair pair = Assert.Single(Read("rows.csv", "question,good one,bad\nq,a,b\n", columns: columns));
        Assert.Equal(("q", "a", "b"), (pair.Prompt[0].Content, pair.Chosen, pair.Rejected));
        Assert.Contains(
            "line 1: 'good one' is missing",
            Fault("rows.jsonl", """{"question":"q"}""", columns, SourceFormat.Preference),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rows.jsonl: holds no rows", "rows.jsonl", "")]
    [InlineData("rows.jsonl: holds no rows", "rows.jsonl", "\n  \n")]
    [InlineData("rows.csv: holds no rows", "rows.csv", "prompt,chosen,rejected\n")]
    [InlineData("rows.json: holds no rows", "rows.json", "[]")]
    [InlineData("line 2: 'rejected' is missing", "rows.jsonl", "\n{\"prompt\":\"a\",\"chosen\":\"b\"}")]
    [InlineData("line 1: 'rejected' is missing", "rows.jsonl", """{"prompt":"a","chosen":"b","rejected":null}""")]
    [InlineData("line 1: 'chosen' is a number, not a list of messages", "rows.jsonl", """{"prompt":"a","chosen":7,"rejected":"c"}""")]
    [InlineData("line 1: 'chosen[0]' is a text, not a message", "rows.jsonl", """{"prompt":"a","chosen":["b"],"rejected":"c"}""")]
    [InlineData(
        "line 1: 'chosen[0].content' is missing", "rows.jsonl", """{"prompt":"a","chosen":[{"role":"assistant"}],"rejected":"c"}""")]
    [InlineData(
        "line 1: 'prompt[0].role' is 'tool', not one of system, user, assistant",
        "rows.jsonl",
        """{"prompt":[{"role":"tool","content":"x"}],"chosen":"b","rejected":"c"}""")]
    [InlineData(
        "line 1: 'prompt' is missing, and 'chosen' and 'rejected' do not begin alike", "rows.jsonl", """{"chosen":"b","rejected":"c"}""")]
    [InlineData("line 1: is a list, not an object of named fields", "rows.jsonl", "[1, 2]")]
    [InlineData("line 1: is no JSON", "rows.jsonl", "{\"prompt\": }")]
    [InlineData("line 3: is no JSON", "rows.json", "[\n{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"},\n{\"prompt\":!}]")]
    [InlineData(
        "line 3: 'rejected' is missing",
        "rows.json",
        "[\n{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"},\n {\"prompt\":\"a\",\"chosen\":\"b\"}]")]
    [InlineData("line 1: 'chosen' holds half of a surrogate pair", "rows.jsonl", """{"prompt":"a","chosen":"\ud83d","rejected":"c"}""")]
    [InlineData("line 2: has 2 fields, the header has 3", "rows.csv", "prompt,chosen,rejected\na,b\n")]
    [InlineData("line 2: a quoted field is never closed", "rows.csv", "prompt,chosen,rejected\na,\"b,c\n\n\n")]
    [InlineData(
        "line 2: 'chosen' is given twice", "rows.json", "[\n{\"prompt\":\"a\",\"chosen\":\"b\",\"chosen\":\"d\",\"rejected\":\"c\"}]")]
    [InlineData(
        "line 1: 'role' is given twice",
        "rows.jsonl",
        """{"prompt":"a","chosen":[{"role":"assistant","role":"user","content":"b"}],"rejected":"c"}""")]
    [InlineData(
        @"'prompt[0].role' is '\u001B[31m\u202Eabc', not",
        "rows.jsonl",
        """{"prompt":[{"role":"\u001b[31m\u202eabc","content":"x"}],"chosen":"b","rejected":"c"}""")]
    [InlineData("the header names 'chosen' twice", "rows.csv", "prompt,chosen,chosen\na,b,c\n")]
    public void What_is_wrong_is_named_by_file_line_and_field(string message, string name, string text)
    {
        string fault = Fault(name, text, format: SourceFormat.Preference);
        Assert.Contains(message, fault, StringComparison.Ordinal);
        Assert.Contains(name, fault, StringComparison.Ordinal);
        Assert.All(
            new[] { "System.", "Alignment.", "Exception", "LineNumber" },
            word => Assert.DoesNotContain(word, fault, StringComparison.Ordinal));
    }

    [Fact]
    public void The_format_is_recognised_or_the_fields_are_named()
    {
        string fault = Fault("rows.jsonl", """{"question":"a","answer":"b"}""");
        Assert.Contains("question, answer", fault, StringComparison.Ordinal);
        Assert.Contains("--column", fault, StringComparison.Ordinal);
        Assert.Contains(
            "preference: chosen rejected",
            Fault("rows.jsonl", """{"messages":[]}"""),
            StringComparison.Ordinal); // answers of other dialogues only where asked for
    }

    /// <summary>However long what a file says is: a line is a line.</summary>
    [Fact]
    public void Problems_have_a_bound()
    {
        string role = new('x', 100_000);
        string row = $$"""{"prompt":[{"role":"{{role}}","content":"x"}],"chosen":"b","rejected":"c"}""";
        Assert.InRange(Fault("rows.jsonl", row).Length, 200, 500);
        Assert.InRange(Fault("rows.jsonl", $$"""{"{{role}}":1}""").Length, 200, 800);
        Assert.InRange(Fault("rows.csv", $"{role},{role}\n").Length, 200, 500);
    }

    [Theory]
    [InlineData("rows.jsonl.gz")]
    [InlineData("rows.json.gz")]
    public void Compressed_rows_that_are_cut_off_are_refused(string name)
    {
        byte[] row = Encoding.UTF8.GetBytes("""{"prompt":"a","chosen":"b","rejected":"c"}""");
        using MemoryStream whole = new();
        long flushed;
        using (GZipStream gzip = new(whole, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(name.Contains("jsonl", StringComparison.Ordinal) ? row : [(byte)'[', .. row, (byte)']']);
            gzip.Flush(); // all of it is there, without the sum that proves it
            flushed = whole.Length;
        }

        foreach (int length in new[] { (int)flushed, (int)whole.Length - 1, (int)whole.Length - 8, (int)flushed / 2 })
        {
            File.WriteAllBytes(_folder.File(name), whole.ToArray()[..length]);
            Assert.Contains("damaged gzip data", Fault(name), StringComparison.Ordinal);
        }

        // Two compressed files one behind the other are one, as gzip has it.
        byte[] rest = Compress("\n"u8.ToArray());
        File.WriteAllBytes(_folder.File(name), [.. whole.ToArray(), .. rest]);
        Assert.Single(PreferenceReader.Read(_folder.Path, new MixSource(name)));
    }

    [Fact]
    public void A_column_of_no_field_is_refused_by_name()
    {
        File.WriteAllText(_folder.File("rows.jsonl"), "{}");
        Dictionary<string, string> columns = new() { ["zzz"] = "q", ["messages"] = "m" };
        string fault = Assert.Throws<InvalidDataException>(
            () => DataMix.Of(new MixSource("rows.jsonl", Columns: columns), _folder.Path)).Message;
        Assert.Contains("rename 'zzz', which is no field (there are prompt, chosen, rejected", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("'messages'", fault, StringComparison.Ordinal);
    }

    /// <summary>The table of fields is what the readers read: each under its own name is missed by it.</summary>
    [Theory]
    [InlineData(SourceFormat.Preference), InlineData(SourceFormat.Unpaired), InlineData(SourceFormat.Dialogue)]
    [InlineData(SourceFormat.Ranks), InlineData(SourceFormat.Annotators), InlineData(SourceFormat.Feedback)]
    [InlineData(SourceFormat.Ratings)]
    public void Every_field_of_a_format_is_read(string format)
    {
        string[] optional = ["category", "prompt", "margin", "agreement", "user", "rank_gap"];
        optional = format == SourceFormat.Ratings ? [] : optional;
        string[] fields = [.. SourceFormat.Fields(format)];
        Assert.NotEmpty(fields);
        foreach (string field in fields.Except(optional))
        {
            string[] values = [.. fields.Where(other => other != field).Select(other => $"\"{other}\":{Value(other)}")];
            Assert.Contains(
                $"'{field}' is missing", Fault("rows.jsonl", $"{{{string.Join(',', values)}}}", format: format), StringComparison.Ordinal);
        }

        string Value(string field) => field switch
        {
            "context" when format == SourceFormat.Feedback => """ "[{\"role\":\"user\",\"text\":\"x\"}]" """,
            "context" => """[["prompter","x"]]""",
            "messages" => "[]",
            "label" => "true",
            "margin" or "agreement" or "rank_gap" => "1",
            "ratings" => """{"x":1}""",
            "generation" => """ "{\"role\":\"x\",\"text\":\"x\"}" """,
            _ when field.StartsWith("annotator", StringComparison.Ordinal) => "1",
            _ => "\"x\"",
        };
    }

    [Fact]
    public void A_thousand_wrong_rows_are_twenty_problems_and_a_number()
    {
        string fault = Fault("rows.jsonl", string.Join('\n', Enumerable.Repeat("""{"prompt":"a","chosen":"b","rejected":3}""", 1000)));
        Assert.Equal(20, fault.Split("'rejected'").Length - 1);
        Assert.EndsWith("and 980 more", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        File.WriteAllBytes(_folder.File("rows.jsonl"), [.. "{\"prompt\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        Assert.Contains("near line 1: is not UTF-8", Fault("rows.jsonl"), StringComparison.Ordinal);
        File.WriteAllText(_folder.File("rows.jsonl.gz"), "not gzip");
        Assert.Contains("damaged gzip", Fault("rows.jsonl.gz"), StringComparison.Ordinal);
        File.WriteAllText(_folder.File("rows.json.gz"), "not gzip");
        Assert.Contains("damaged gzip", Fault("rows.json.gz"), StringComparison.Ordinal);
        File.WriteAllBytes(_folder.File("rows.json"), [0xFF, 0xC3, 0x28]);
        Assert.Contains("is not UTF-8", Fault("rows.json"), StringComparison.Ordinal);
        Assert.Contains("half a surrogate pair", Fault("rows.jsonl", """{"a\ud800":"x","b":"y"}"""), StringComparison.Ordinal);
        File.WriteAllText(_folder.File("rows.jsonl"), new string('x', 1 << 25));
        Assert.Contains("more than 16777216 characters", Fault("rows.jsonl"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_is_an_empty_file_and_not_waited_for()
    {
        await Process.Start("mkfifo", _folder.File("rows.jsonl"))!.WaitForExitAsync();
        string fault = await Task.Run(() => Fault("rows.jsonl")).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Contains("holds no", fault, StringComparison.Ordinal);
    }

    private static byte[] Compress(byte[] bytes)
    {
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return compressed.ToArray();
    }

    private PreferencePair[] Read(string name, string text, string? format = null, Dictionary<string, string>? columns = null)
    {
        File.WriteAllText(_folder.File(name), text);
        return [.. PreferenceReader.Read(_folder.Path, new MixSource(name, format, HeldOut: 0.1, Columns: columns))];
    }

    private string Fault(string name, string text, Dictionary<string, string>? columns = null, string? format = null) =>
        Assert.Throws<InvalidDataException>(() => Read(name, text, format, columns)).Message;

    private string Fault(string name) =>
        Assert.Throws<InvalidDataException>(() => PreferenceReader.Read(_folder.Path, new MixSource(name))).Message;
}
