using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Tests.Preparation;

/// <summary>Each fault once, under the name of the field that has it.</summary>
public sealed class RequestValidatorTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly GenerationRequest s_request = new() { Prompt = new TextPrompt("Hello"), MaxTokens = 4 };

    private readonly TinyGenerator _tiny = new();

    public Task InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public ValueTask DisposeAsync() => _tiny.DisposeAsync();

    [Fact]
    public void A_field_is_called_what_the_client_calls_it()
    {
        var fields = new RequestFields { Prompt = "prompt[1]", MaxTokens = "max_completion_tokens", TopLogProbabilities = "logprobs" };
        Assert.Equal(["max_completion_tokens"], Paths(s_request with { Fields = fields, MaxTokens = 0 }));
        Assert.Equal(["max_completion_tokens"], Paths(s_request with { Fields = fields, MaxTokens = 100_000 }));
        Assert.Equal(["logprobs"], Paths(s_request with { Fields = fields, TopLogProbabilities = 21 }));
        Assert.Equal(["prompt[1][2]"], Paths(s_request with { Fields = fields, Prompt = new TokenPrompt([1, 2, 999]) }));
        Assert.Equal(["prompt[1]"], Paths(s_request with { Fields = fields, Prompt = new TextPrompt("") }));
        Assert.Equal(["prompt[1]"], Paths(s_request with { Fields = fields, Prompt = new TokenPrompt(new int[600]) }));
    }

    [Fact]
    public void One_fault_is_reported_once()
    {
        Assert.Equal(["n"], Paths(s_request with { Choices = 100, Alignment = new AlignmentSettings { Search = Best(4) } }));
        Assert.Equal(["n"], Paths(s_request with { Choices = 5, Alignment = new AlignmentSettings { Search = Best(4) } }));
        Assert.Equal(["max_tokens"], Paths(s_request with { MaxTokens = 1_000_000 }));
        Assert.Equal(["max_tokens"], Paths(s_request with { MaxTokens = -1, Choices = 16 }));
        Assert.Equal(
            ["logit_bias.999"],
            Paths(s_request with { Sampling = new SamplingSettings { LogitBias = new Dictionary<int, float> { [999] = 101 } } }));
    }

    [Fact]
    public void Stops_are_counted_before_they_are_looked_at()
    {
        Assert.Equal([], Paths(s_request with { Stop = ["a", "b", "c", "d"] }));
        Assert.Equal(["stop"], Paths(s_request with { Stop = ["a", "b", "c", "d", ""] }));
        Assert.Equal(["stop[1]", "stop[2]"], Paths(s_request with { Stop = ["a", "", new string('x', 257)] }));
    }

    [Fact]
    public void A_prompt_that_is_known_to_be_wrong_is_not_looked_at_again()
    {
        ProblemCollection problems = [new RequestProblem("messages[0].role", "is wrong")];
        _tiny.Generator.Prepare(
            s_request with { Prompt = new ChatPrompt([]), Fields = new RequestFields { Prompt = "messages" }, Choices = 0 }, problems);
        Assert.Equal(["messages[0].role", "n"], problems.Select(problem => problem.Path));
    }

    private static BestOfNSettings Best(int n) => new() { Candidates = n, Rewards = [new RewardTerm("value")] };

    private List<string> Paths(GenerationRequest request)
    {
        ProblemCollection problems = [];
        _tiny.Generator.Prepare(request, problems);
        return [.. problems.Select(problem => problem.Path)];
    }
}
