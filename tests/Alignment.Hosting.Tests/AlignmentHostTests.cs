using System.Text.Json.Nodes;
using Alignment.Decoding.Methods.BestOfN;
using Alignment.Hosting.Options;
using Alignment.Models.Transformers;
using Alignment.Rewards;
using Alignment.Tests;
using Alignment.Tests.Models;
using Microsoft.Extensions.Configuration;

namespace Alignment.Hosting.Tests;

/// <summary>From configuration to served models.</summary>
public sealed class AlignmentHostTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public AlignmentHostTests()
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        TinyRewards.Write(_folder.Path);
        File.WriteAllText(
            Path.Combine(_folder.Path, "generation_config.json"), """{"temperature": 0.6, "top_p": 0.9, "eos_token_id": 260}""");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_and_its_profiles_share_one_engine()
    {
        await using AlignmentHost host = await LoadAsync(
            ("Models:0:Name", "tiny"), ("Models:0:Path", _folder.Path), ("Profiles:best:Model", "tiny"), (
                "Profiles:best:Sampling:Temperature", "0.2"),
            ("Profiles:best:Alignment:search:method", "best_of_n"), ("Profiles:best:Alignment:search:n", "5"), (
                "Profiles:best:Alignment:search:reward:0:name", "value"),
            ("Profiles:plain:Model", ""));
        Assert.Equal(["tiny", "tiny:best", "tiny:plain"], host.Catalog.Models.Select(model => model.Id));
        Assert.Single(host.Catalog.Models.Select(model => model.Generator).Distinct());
        Assert.True(host.Catalog.TryGet("tiny:best", out ServedModel? best));
        Assert.Equal(5, Assert.IsType<BestOfNSettings>(best.Alignment.Search).Candidates);
        Assert.Equal((0.2f, 0.9f), (best.Sampling.Temperature, best.Sampling.TopP));
        Assert.Equal(0.6f, host.Catalog.Models[0].Sampling.Temperature);
        Assert.Equal(512, best.ContextLength);
    }

    [Fact]
    public async Task A_repository_of_the_download_cache_is_served_under_its_name()
    {
        string repository = Path.Combine(_folder.Path, "models--org--Tiny");
        TinyCheckpoint.Write(Path.Combine(repository, "snapshots", "abc"), TinyArchitecture.Llama);
        Directory.CreateDirectory(Path.Combine(repository, "refs"));
        File.WriteAllText(Path.Combine(repository, "refs", "main"), "abc\n");
        await using AlignmentHost host = await LoadAsync(("Models:0:Path", repository));
        Assert.Equal("Tiny", Assert.Single(host.Catalog.Models).Id);
    }

    [Fact]
    public async Task Every_problem_is_listed_at_once()
    {
        InvalidConfigurationException fault = await Assert.ThrowsAsync<InvalidConfigurationException>(() => LoadAsync(
            ("Models:0:Name", "tiny"), ("Models:0:Path", _folder.Path), ("Models:1:Path", "not-there"), ("Profiles:a:Model", "absent"),
            ("Profiles:b:Model", "tiny"), ("Profiles:b:Alignment:guidance:0:source", "nobody"), ("Policy:MinimumGuidance:nothing", "1"), (
                "Policy:MinimumReward:none", "1"),
            ("Policy:MaximumGuidance:nowhere", "1"), ("Policy:MaximumReward:never", "1"), ("Policy:MaximumGuidance:prompt", "1")));
        Assert.All(
            [
                "not-there", "Profiles:a:Model: 'absent'", "Profiles:b: alignment.guidance[0].source", "MinimumGuidance", "MinimumReward",
                "'nowhere'", "'never'",
            ],
            text => Assert.Contains(text, fault.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("'prompt'", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Weights may take minutes to read: a name that is wrong is said before, whatever the weights are.</summary>
    [Fact]
    public async Task Names_are_checked_before_weights_are_read()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "model.safetensors"), "damaged");
        InvalidConfigurationException fault = await Assert.ThrowsAsync<InvalidConfigurationException>(() => LoadAsync(
            ("Models:0:Path", _folder.Path), ("Policy:MinimumGuidance:nobody", "1"), ("Profiles:p:Alignment:guidance:0:source", "noone")));
        Assert.Contains("'nobody'; what exists: head, arm, prompt", fault.Message, StringComparison.Ordinal);
        Assert.Contains("'noone'", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("model.safetensors", fault.Message, StringComparison.Ordinal);
        fault = await Assert.ThrowsAsync<InvalidConfigurationException>(() => LoadAsync(("Models:0:Path", _folder.Path)));
        Assert.Contains("model.safetensors", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>What is read of the folder before the weights is what is loaded with them.</summary>
    [Fact]
    public async Task The_names_without_weights_are_those_with_them()
    {
        await using AlignmentHost host = await LoadAsync(("Models:0:Path", _folder.Path));
        (IReadOnlyList<string> guides, IReadOnlyList<string> rewards) = ModelRewards.NamesIn(_folder.Path);
        Assert.NotEmpty(rewards);
        Assert.Equal(host.Models[0].Rewards.Guides, guides);
        Assert.Equal(host.Models[0].Rewards.Rewards.Keys, rewards);
    }

    [Fact]
    public async Task A_profile_below_a_floor_does_not_start_and_one_above_a_ceiling_does()
    {
        (string, string)[] Profile(string source, string weight) =>
        [
            ("Models:0:Path", _folder.Path), ("Policy:MinimumGuidance:head", "1"), ("Profiles:p:Alignment:guidance:0:source", source), (
                "Profiles:p:Alignment:guidance:0:weight", weight),
        ];
        InvalidConfigurationException fault = await Assert.ThrowsAsync<InvalidConfigurationException>(
            () => LoadAsync(Profile("head", "0.5")));
        Assert.Contains("Profiles:p: alignment.guidance[0].weight", Assert.Single(fault.Problems), StringComparison.Ordinal);
        await using AlignmentHost host = await LoadAsync(Profile("arm", "3"));
        Assert.Equal(["arm", "head"], host.Catalog.Models[^1].Alignment.Guidance.Select(source => source.Source));
    }

    [Fact]
    public async Task A_damaged_model_is_one_line_with_file_and_field()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "config.json"), """{"model_type": "llama", "vocab_size": -3}""");
        InvalidConfigurationException fault = await Assert.ThrowsAsync<InvalidConfigurationException>(
            () => LoadAsync(("Models:0:Path", _folder.Path)));
        string problem = Assert.Single(fault.Problems);
        Assert.Contains("config.json: vocab_size", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_is_as_long_as_the_cache_that_was_asked_for()
    {
        await using AlignmentHost shorter = await LoadAsync(
            ("Models:0:Path", _folder.Path), ("Engine:MaxModelLength", "100"), ("Profiles:plain:Model", ""));
        Assert.All(shorter.Catalog.Models, model => Assert.Equal(100, model.ContextLength));
        Assert.Contains("max model length 100, reduced from the model's 512", shorter.Catalog.Models[0].Cache, StringComparison.Ordinal);
        await using AlignmentHost few = await LoadAsync(("Models:0:Path", _folder.Path), ("Engine:Pages", "3"));
        Assert.Equal((48, 3), (few.Catalog.Models[0].ContextLength, few.Models[0].Engine.Cache.Pages));
    }

    [Theory]
    [InlineData("1", 64, 320)]
    [InlineData("100", 800, 1056)]
    public async Task Passes_have_room_for_all_sessions(string sessions, int outputs, int rows)
    {
        await using AlignmentHost host = await LoadAsync(("Models:0:Path", _folder.Path), ("Engine:MaxSessions", sessions));
        TransformerLimits limits = host.Models[0].Model.Transformer.Limits;
        Assert.Equal((outputs, rows), (limits.MaxOutputs, limits.MaxRows));
    }

    [Theory]
    [InlineData("513", "64", "MaxModelLength is 513, and the model has 512 positions")]
    [InlineData("512", "31", "512 tokens takes")]
    public async Task A_length_that_was_asked_for_and_does_not_fit_stops_the_start_with_one_line(
        string length, string pages, string problem)
    {
        InvalidConfigurationException fault = await Assert.ThrowsAsync<InvalidConfigurationException>(
            () => LoadAsync(("Models:0:Path", _folder.Path), ("Engine:MaxModelLength", length), ("Engine:Pages", pages)));
        Assert.StartsWith("Alignment:Engine: ", Assert.Single(fault.Problems), StringComparison.Ordinal);
        Assert.Contains(problem, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_share_the_memory_that_is_available()
    {
        // So little that it decides: each cache has half of what one alone would have, give or take what else happens on the machine.
        (string Key, string Value)[] one =
        [
            ("Models:0:Path", _folder.Path),
            ("Models:0:Name", "a"),
            ("Engine:MaxSessions", "65536"),
            ("Engine:CacheMemoryFraction", "0.001"),
        ];
        await using AlignmentHost alone = await LoadAsync(one);
        await using AlignmentHost both = await LoadAsync([.. one, ("Models:1:Path", _folder.Path), ("Models:1:Name", "b")]);
        int[] pages = [.. both.Models.Select(model => model.Engine.Cache.Pages)];
        Assert.All(pages, count => Assert.InRange(count / (double)alone.Models[0].Engine.Cache.Pages, 0.3, 0.7));
    }

    [Theory]
    [InlineData("Temperature", "-5", "temperature: must be between 0 and 2")]
    [InlineData("TopP", "0", "top_p: must be above 0 and at most 1")]
    [InlineData("TopK", "-1", "top_k: must be at least 0")]
    [InlineData("MinP", "1.5", "min_p: must be between 0 and 1")]
    [InlineData("RepetitionPenalty", "0", "repetition_penalty: must be between 0.001 and 100")]
    public async Task A_profile_that_samples_out_of_range_stops_the_start(string key, string value, string problem)
    {
        InvalidConfigurationException fault = await Assert.ThrowsAsync<InvalidConfigurationException>(
            () => LoadAsync(("Models:0:Path", _folder.Path), ($"Profiles:wild:Sampling:{key}", value)));
        Assert.Equal($"Alignment:Profiles:wild:Sampling: {problem}", Assert.Single(fault.Problems));
    }

    [Theory]
    [InlineData("""{"temperature": 2.5}""", "temperature: must be between 0 and 2")]
    [InlineData("""{"top_p": 0}""", "top_p: must be above 0 and at most 1")]
    [InlineData("""{"repetition_penalty": -1}""", "repetition_penalty: must be between 0.001 and 100")]
    public async Task A_model_whose_authors_sample_out_of_range_stops_the_start(string file, string problem)
    {
        File.WriteAllText(Path.Combine(_folder.Path, "generation_config.json"), file);
        InvalidConfigurationException fault = await Assert.ThrowsAsync<InvalidConfigurationException>(
            () => LoadAsync(("Models:0:Path", _folder.Path)));
        Assert.Contains($"generation_config.json: {problem}", Assert.Single(fault.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_model_guides_by_its_name_and_has_every_page_too()
    {
        string other = Other(new TinyShape(Layers: 3));
        await using AlignmentHost host = await LoadAsync(
            ("Models:0:Path", _folder.Path),
            ("Models:0:Guides:other", other),
            ("Profiles:p:Alignment:guidance:0:source", "other"),
            ("Engine:Pages", "8"));
        Transformer guide = Assert.Single(host.Models[0].Rewards.Models);
        Assert.Equal(host.Models[0].Model.Transformer.CachePageBytes + guide.CachePageBytes, host.Models[0].Engine.Cache.PageBytes);
        Assert.Equal(["head", "arm", "other"], host.Models[0].Rewards.Guides);
        Assert.Equal("other", Assert.Single(host.Catalog.Models[^1].Alignment.Guidance).Source);
    }

    [Fact]
    public async Task A_model_that_cannot_guide_is_refused_at_start_by_file_and_field()
    {
        await RefusesAsync(Other(new TinyShape(Vocabulary: 304)), "config.json: vocab_size: 304 is not that of");
        await RefusesAsync(Other(new TinyShape(Positions: 500)), "config.json: max_position_embeddings: 500 is less than the 512 of");
        string differs = Other(new TinyShape());
        string tokenizer = Path.Combine(differs, "tokenizer.json");
        string text = File.ReadAllText(tokenizer);
        JsonNode file = JsonNode.Parse(text)!;
        JsonObject vocabulary = file["model"]!["vocab"]!.AsObject();
        (vocabulary["a"], vocabulary["b"]) = ((int)vocabulary["b"]!, (int)vocabulary["a"]!);
        File.WriteAllText(tokenizer, file.ToJsonString());
        await RefusesAsync(differs, "tokenizer.json: vocab: id ");
        await RefusesAsync("not-there", "not-there");
        await RefusesAsync(Other(new TinyShape()), "the guide 'arm' needs a name", "arm");
        await RefusesAsync(Other(new TinyShape()), "the guide 'prompt' needs a name", "prompt");

        async Task RefusesAsync(string folder, string problem, string name = "other")
        {
            InvalidConfigurationException fault = await Assert.ThrowsAsync<InvalidConfigurationException>(
                () => LoadAsync(("Models:0:Path", _folder.Path), ($"Models:0:Guides:{name}", folder)));
            Assert.Contains(problem, Assert.Single(fault.Problems), StringComparison.Ordinal);
            Assert.StartsWith($"Alignment:Models:0:Guides:{name}: ", fault.Problems.First(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_guide_that_is_not_there_is_listed_by_its_key_and_nothing_else()
    {
        InvalidConfigurationException fault = await Assert.ThrowsAsync<InvalidConfigurationException>(() => LoadAsync(
            ("Models:0:Path", _folder.Path), ("Models:1:Path", _folder.Path), ("Models:1:Name", "second"),
            ("Models:1:Guides:a", "/no/a"), ("Models:1:Guides:b", "/no/b"),
            ("Profiles:p:Model", "second"), ("Profiles:p:Alignment:guidance:0:source", "a")));
        Assert.Equal(
            [
                "Alignment:Models:1:Guides:a: /no/a/config.json: the file is missing",
                "Alignment:Models:1:Guides:b: /no/b/config.json: the file is missing",
            ],
            fault.Problems);
    }

    private string Other(TinyShape shape)
    {
        string folder = _folder.File($"other-{Guid.NewGuid():N}");
        TinyCheckpoint.Write(folder, TinyArchitecture.Llama, seed: 2, shape);
        return folder;
    }

    private static Task<AlignmentHost> LoadAsync(params (string Key, string Value)[] settings)
    {
        var configuration =
            new ConfigurationBuilder().AddInMemoryCollection(
                settings.Select(setting => new KeyValuePair<string, string?>($"Alignment:{setting.Key}", setting.Value)))
                .Build();
        List<string> problems = [];
        AlignmentOptions options = AlignmentOptionsReader.Read(configuration, problems);
        Assert.Empty(problems);
        return AlignmentHost.LoadAsync(options, [AppContext.BaseDirectory]);
    }
}
