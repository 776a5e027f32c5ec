using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference;

namespace Alignment.Decoding.Tests.Preparation;

/// <summary>
/// Requests on both sides of every bound, and which field is named. A token is a byte; the context has 64 tokens, and 4096 are cached.
/// </summary>
public sealed class RequestEdgeTests : IAsyncLifetime, IAsyncDisposable
{
    private const int Context = 64;

    private readonly TinyGenerator _tiny = new(new EngineOptions { MaxModelLength = Context, Pages = 256 });

    public Task InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public ValueTask DisposeAsync() => _tiny.DisposeAsync();

    [Fact]
    public void Every_setting_is_held_to_its_range()
    {
        GenerationRequest request = Text(5) with { MaxTokens = 4 };
        Assert.Equal(["temperature"], Paths(request with { Sampling = new SamplingSettings { Temperature = 3 } }));
        Assert.Equal(["logit_bias.999"], Paths(request with { Sampling = new SamplingSettings { LogitBias = Bias(999) } }));
        Assert.Equal(["min_tokens"], Paths(request with { MinTokens = 5 }));
        Assert.Equal(["min_tokens"], Paths(request with { MinTokens = -1 }));
        Assert.Equal(["bad_words[1]"], Paths(request with { BadWords = ["a", ""] }));
        RequestProblem blank = Assert.Single(Problems(request with { BadWords = ["a", " \t", "  "] }));
        Assert.Equal("bad_words[1]: has only spaces, no word", blank.ToString());
        Assert.Equal(["bad_words"], Paths(request with { BadWords = [.. Enumerable.Repeat("a", 257)] }));
        Assert.Equal(["stop_token_ids[1]"], Paths(request with { StopTokens = [1, Vocabulary, -1] }));
        Assert.Equal(["stop_token_ids"], Paths(request with { StopTokens = [.. Enumerable.Repeat(-1, 257)] }));
        Assert.Equal(["prompt_logprobs"], Paths(request with { PromptLogProbabilities = 21 }));
        Assert.Equal(["top_logprobs"], Paths(request with { TopLogProbabilities = -1 }));
        Assert.Equal(["n"], Paths(request with { Choices = 0 }));
        Assert.Empty(Paths(request with { MinTokens = 4, BadWords = ["a"], PromptLogProbabilities = 20 }));
        Assert.Empty(Paths(request with { StopTokens = [0, Vocabulary - 1] }));
    }

    /// <summary>What is known to be wrong is not measured.</summary>
    [Fact]
    public void A_fault_that_follows_from_another_is_not_told()
    {
        Assert.Equal(["max_tokens"], Paths(Text(5) with { MaxTokens = 0, MinTokens = 3 }));
        Assert.Equal(["max_tokens"], Paths(Text(Context + 9) with { MaxTokens = -1 }));
        Assert.Equal(["prompt[70]"], Paths(Text(5) with { Prompt = new TokenPrompt([.. new int[70], Vocabulary, -1]), MaxTokens = 4 }));
    }

    [Fact]
    public void The_last_id_of_the_vocabulary_is_a_token_and_the_next_is_not()
    {
        Assert.Empty(Problems(Text(5) with { Prompt = new TokenPrompt([0, Vocabulary - 1]) }));
        RequestProblem problem = Assert.Single(Problems(Text(5) with { Prompt = new TokenPrompt([0, Vocabulary, -1]) }));
        Assert.Equal($"prompt[1]: there is no token {Vocabulary}, ids end at {Vocabulary - 1}", problem.ToString());
    }

    [Theory]
    [InlineData(60, 4, 0, false, null)]
    [InlineData(60, 5, 0, false, "max_tokens")]
    [InlineData(63, 1, 0, false, null)]
    [InlineData(63, 9, 0, false, "max_tokens")]
    [InlineData(64, 1, 0, false, "prompt")]
    [InlineData(63, null, 0, false, null)]
    [InlineData(64, null, 0, false, "prompt")]
    [InlineData(60, null, 4, false, null)]
    [InlineData(60, null, 10, false, "min_tokens")]
    [InlineData(64, 0, 0, true, null)]
    [InlineData(64, null, 0, true, null)]
    [InlineData(64, 1, 0, true, "max_tokens")]
    [InlineData(64, null, 2, true, "min_tokens")]
    [InlineData(65, 0, 0, true, "prompt")]
    public void What_is_too_long_for_the_context_is_named(int prompt, int? maxTokens, int minTokens, bool echo, string? path)
    {
        GenerationRequest request = Text(prompt) with { MaxTokens = maxTokens, MinTokens = minTokens, Echo = echo };
        Assert.Equal(path is null ? [] : [path], Paths(request));
        Assert.All(Problems(request), problem => Assert.Equal(RequestProblem.ContextLength, problem.Code));
    }

    [Theory]
    [InlineData(64, 1, "the prompt has 64 tokens and the response up to 1: together more than the context of 64")]
    [InlineData(65, 1, "the prompt has more tokens than the context of 64")]
    public void A_prompt_that_was_measured_to_its_end_is_told_its_length(int prompt, int maxTokens, string message)
        => Assert.Equal(message, Assert.Single(Problems(Text(prompt) with { MaxTokens = maxTokens })).Message);

    /// <summary>A contrast prompt stands in front of the prompt, on a path of its own.</summary>
    [Theory]
    [InlineData("yyy", "yyyy", null)]
    [InlineData("yyyyy", "yyyy", 0)]
    [InlineData("yyyy", "yyyyy", 1)]
    [InlineData("yyyyyy", "yyyyy", 0)]
    [InlineData("yyyyy", "yyyyyy", 1)]
    [InlineData("yyyyy", "yyyyy", 0)]
    public void The_longest_contrast_prompt_is_named_where_it_is_too_long(string first, string second, int? named)
    {
        GenerationRequest request = Guided(Text(50) with { MaxTokens = 10 }, Contrast(first), Contrast(second));
        Assert.Equal(named is null ? [] : [$"alignment.guidance[{named}].text"], Paths(request));
        Assert.All(Problems(request), problem => Assert.Equal(RequestProblem.ContextLength, problem.Code));
        GuidanceSource adapter = new("arm", 1);
        GenerationRequest behind = Guided(Text(50) with { MaxTokens = 10 }, adapter, Contrast(first), Contrast(second));
        Assert.Equal(named is null ? [] : [$"alignment.guidance[{named + 1}].text"], Paths(behind));
    }

    [Fact]
    public async Task What_costs_too_much_is_told_what_it_costs_and_what_would_fit()
    {
        GenerationLimits limits = new() { MaxForwardTokens = 60 };
        await using TinyGenerator poor = new(new EngineOptions { MaxModelLength = Context, Pages = 256 }, limits);
        Assert.Equal(
            ["max_tokens: 3 responses of 20 tokens on 1 paths may cost 62 forward tokens, at most 60 are allowed, up to 19 fit"],
            Texts(poor, Text(5) with { Choices = 3, MaxTokens = 20 }));
        Assert.Equal(
            ["prompt: 1 responses of 2 tokens on 1 paths may cost 62 forward tokens, at most 60 are allowed"],
            Texts(poor, Text(61) with { MaxTokens = 2 }));

        // The contrast prompt alone would leave just enough of the context: what is too little is the budget.
        RequestProblem problem = Assert.Single(Problems(poor, Guided(Text(30) with { MaxTokens = 4 }, Contrast(new string('y', 30)))));
        Assert.Equal(("alignment.guidance[0].text", null), (problem.Path, problem.Code));
    }

    [Fact]
    public async Task What_does_not_fit_into_the_cache_is_told_its_size()
    {
        GenerationLimits limits = new() { MaxForwardTokens = 5 + (10 * 39) };
        await using TinyGenerator small = new(new EngineOptions { MaxModelLength = Context, Pages = 12 }, limits);
        Assert.Equal(
            ["max_tokens: 10 responses of 40 tokens on 1 paths do not fit at once into the cache of 192 tokens, up to 11 fit"],
            Texts(small, Text(5) with { Choices = 10, MaxTokens = 40 }));
        Assert.Equal(
            ["n: 16 responses of 5 tokens on 1 paths do not fit at once into the cache of 192 tokens"],
            Texts(small, Text(50) with { Choices = 16, MaxTokens = 5 }));
    }

    [Fact]
    public async Task A_usual_length_gives_way_to_the_fewest_tokens_that_were_asked_for()
    {
        GenerationRequest request = Text(5) with { Sampling = new SamplingSettings { Seed = 1, IgnoreEos = true } };
        Assert.Equal(3, await LengthAsync(request with { UsualMaxTokens = 3 }));
        Assert.Equal(6, await LengthAsync(request with { UsualMaxTokens = 3, MinTokens = 6 }));
        Assert.Equal(2, await LengthAsync(request with { UsualMaxTokens = 3, MaxTokens = 2 }));
        Assert.Equal(Context - 5, await LengthAsync(request));
    }

    private int Vocabulary => _tiny.Model.Tokenizer.VocabularySize;

    private static GenerationRequest Text(int tokens) => new() { Prompt = new TextPrompt(new string('x', tokens)) };

    private static GenerationRequest Guided(GenerationRequest request, params GuidanceSource[] guidance)
        => request with { Alignment = new AlignmentSettings { Guidance = guidance } };

    private static GuidanceSource Contrast(string text) => new(GuidanceSource.Prompt, -0.5f, text);

    private static Dictionary<int, float> Bias(int token) => new() { [token] = 1 };

    private async Task<int> LengthAsync(GenerationRequest request)
        => (await _tiny.RunAsync(request)).OfType<UsageEvent>().Single().CompletionTokens;

    private ProblemCollection Problems(GenerationRequest request) => Problems(_tiny, request);

    private string[] Paths(GenerationRequest request) => [.. Problems(request).Select(problem => problem.Path)];

    private static string[] Texts(TinyGenerator tiny, GenerationRequest request)
        => [.. Problems(tiny, request).Select(problem => problem.ToString())];

    private static ProblemCollection Problems(TinyGenerator tiny, GenerationRequest request)
    {
        ProblemCollection problems = [];
        tiny.Generator.Prepare(request, problems);
        return problems;
    }
}
