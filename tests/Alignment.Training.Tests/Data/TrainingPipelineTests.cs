using System.Text.Json;
using Alignment.Tests;
using Alignment.Training.Data;
using Xunit.Abstractions;

namespace Alignment.Training.Tests.Data;

/// <summary>Nothing has seen what it is judged on: from the files to what the language model, the rewards and their judges learn.</summary>
public sealed class TrainingPipelineTests(ITestOutputHelper output) : IDisposable
{
    private const string Old = "training-mix.json";
    private const string Judged = "preferences/helpful-alpaca-eval.train.jsonl.gz";
    private const string SelfDialogue = "dialogues/self-dialogue.jsonl.gz";
    private const string Books = "text/standardebooks_children.txt.gz";
    private const string Story = "one grey cat and two old dogs went over the hill to see nine";

    // Of the held-out pairs of a reward: counted, not left out. 155 of 1,162 for harmless, 92 of 825 for helpful when this was written.
    private const double MostNearDuplicates = 0.15;

    private static readonly string s_models = Path.Combine(RepositoryPaths.Root, "models", "tiny-chat");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_pipeline_whose_parts_name_each_other_is_clean()
    {
        WriteRows();
        Assert.Empty(Problems([Mix("lm", "chat", 0.2, apart: true)], [Mix("kind", "feedback", 0.2)]));
    }

    /// <summary>Each way in which one part can have seen what another is measured on.</summary>
    [Theory]
    [InlineData("first turns of rewards are learned by a language model", false, 0.2, 0.2)]
    [InlineData("documents share words with rewards or held-out documents", false, 0.2, 0.2)]
    [InlineData("first turns held out from language models are learned by one", true, 0.1, 0.2)]
    [InlineData("first turns held out from rewards are learned by one", true, 0.2, 0.1)]
    [InlineData("held-out contexts continue one that is learned", true, 0.2, 0.1)]
    [InlineData("first turns are in both halves", true, 0.2, 0.1)]
    public void What_was_seen_is_found(string problem, bool apart, double secondLanguage, double secondReward)
    {
        WriteRows();
        IReadOnlyList<string> problems = Problems(
            [Mix("lm", "chat", 0.2, apart), Mix("lm2", "chat", secondLanguage, apart)],
            [Mix("kind", "feedback", 0.2), Mix("kind2", "feedback", secondReward)]);
        Assert.Contains(problems, found => found.EndsWith(problem, StringComparison.Ordinal));
    }

    /// <summary>
    /// The mixes that are committed. A sample of two things, for time: of the rows that are only judged by, those of the smaller file;
    /// of the words of documents, all but those of the largest source and of the books.
    /// </summary>
    [SharedDataFact("dialogues", "preferences", "text")]
    public void The_mixes_of_tiny_chat_are_apart()
    {
        DataMix[] rewards = [.. Files().Select(Load).Where(mix => mix.Apart is null).Select(Sample)];
        DataMix language = Load("language-mix.json") with { Others = rewards };
        TrainingPipeline pipeline = new([language], rewards, source => source.Path is not (SelfDialogue or Books));
        foreach ((string name, (int copies, int heldOut)) in Files(apart: false).Zip(pipeline.NearDuplicates()))
        {
            output.WriteLine($"{name}: {copies} of {heldOut} held-out pairs share 13 words with one that is learned from");
            Assert.InRange(copies, 0, MostNearDuplicates * heldOut);
        }

        Assert.Empty(pipeline.Problems());
    }

    /// <summary>So that what holds for one holds for all: a source is held out alike, and every mix of rewards is kept apart.</summary>
    [Fact]
    public void Mixes_of_language_models_differ_in_weights_only()
    {
        var known = Sources("language-mix.json").ToDictionary(source => source.GetProperty("path").GetString()!);
        Assert.All(Files(apart: true), file =>
        {
            Assert.Equal(Files(apart: false), Read(file).GetProperty("apart").EnumerateArray().Select(other => other.GetString()!).Order());
            Assert.All(Sources(file), source => Assert.Equal(
                Held(known[source.GetProperty("path").GetString()!]), Held(source)));
        });

        static string Held(JsonElement source) => string.Join(
            ", ", source.EnumerateObject().Where(field => field.Name is not ("weight" or "license")).OrderBy(field => field.Name));
    }

    /// <summary>Its documents were the preferred responses of the rows that rewards and judges are trained and measured on.</summary>
    [SharedDataFact("preferences")]
    public void The_first_mix_of_tiny_chat_was_not_apart()
    {
        DataMix mix = Load(Old);
        DataMix preferred = mix with { Sources = [.. mix.Sources.Where(source => source.Path.Contains("-hh", StringComparison.Ordinal))] };
        IReadOnlyList<string> problems = new TrainingPipeline([preferred], [Load("harmless-mix.json")], _ => false).Problems();
        Assert.EndsWith("first turns of rewards are learned by a language model", Assert.Single(problems), StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> Problems(DataMix[] language, DataMix[] rewards) =>
        new TrainingPipeline(language, rewards, _ => true).Problems();

    private static DataMix Sample(DataMix mix) => mix with { Sources = [.. mix.Sources.Where(source => source.Path != Judged)] };

    private static IEnumerable<string> Files() =>
        Directory.GetFiles(s_models, "*-mix.json").Select(file => Path.GetFileName(file)).Where(file => file != Old).Order();

    private static IEnumerable<string> Files(bool apart) => Files().Where(file => Read(file).TryGetProperty("apart", out _) == apart);

    private static DataMix Load(string file) => DataMix.Load(Path.Combine(s_models, file), RepositoryPaths.SharedData);

    private static JsonElement Read(string file) =>
        JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(s_models, file)));

    private static JsonElement[] Sources(string file) => [.. Read(file).GetProperty("sources").EnumerateArray()];

    /// <summary>
    /// Dialogues, and thumbs on contexts of one, two and three turns, of which some continue a dialogue and some tell a story of one.
    /// </summary>
    private void WriteRows()
    {
        _folder.WriteGzip("chat.jsonl.gz", [.. Enumerable.Range(0, 200).Select(i => JsonSerializer.Serialize(new
        {
            messages = new[]
            {
                Message("user", $"Tea no. {i}, please"), Message("assistant", i % 9 == 0 ? $"{Story} {i}" : $"Gladly, {i}."),
            },
        }))]);
        _folder.WriteGzip("feedback.jsonl.gz", [.. Enumerable.Range(100, 200).SelectMany(i => new[] { 1, 3 }.SelectMany(turns =>
            new[] { true, false }.Select(good => JsonSerializer.Serialize(new
            {
                prompt = new[]
                {
                    Message("user", $"tea, No {i} please"), Message("assistant", $"Gladly, {i}."), Message("user", "Thanks"),
                }.Take(turns),
                completion = good ? $"A pleasure. {Story} {i - 199}" : "What?",
                label = good,
            }))))]);
    }

    private static object Message(string role, string content) => new { role, content };

    private DataMix Mix(string name, string file, double heldOut, bool apart = false)
    {
        File.WriteAllText(_folder.File($"{name}.json"), JsonSerializer.Serialize(new
        {
            sources = new[] { new { path = $"{file}.jsonl.gz", held_out = heldOut } },
            apart = apart ? new[] { "kind.json" } : null,
        }));
        if (apart)
        {
            Mix("kind", "feedback", 0.2);
        }

        return DataMix.Load(_folder.File($"{name}.json"), _folder.Path);
    }
}
