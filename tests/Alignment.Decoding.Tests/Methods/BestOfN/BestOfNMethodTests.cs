using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;

namespace Alignment.Decoding.Tests.Methods.BestOfN;

/// <summary>What best_of_n answers with, over a miniature model.</summary>
public sealed class BestOfNMethodTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly TinyGenerator _tiny = new();

    public Task InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public ValueTask DisposeAsync() => _tiny.DisposeAsync();

    [Theory]
    [InlineData(5, 0)]
    [InlineData(5, 1)]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    public async Task Each_choice_is_another_candidate_with_its_text_and_end(int choices, double tau)
    {
        List<GenerationEvent> events = await RunAsync(choices, tau);
        Assert.Equal(Enumerable.Range(0, choices), events.OfType<FinishEvent>().Select(finish => finish.Index));
        Assert.All(events.OfType<FinishEvent>(), finish => Assert.Equal(FinishReason.Length, finish.Reason));
        Assert.Equal(choices, events.OfType<TextEvent>().Select(text => text.Text).Distinct().Count());
        Assert.Equal(choices, events.OfType<ReportEvent>().Single().Report.Candidates.Count(candidate => candidate.Choice is not null));
    }

    [Fact]
    public async Task A_soft_choice_at_almost_no_temperature_is_the_best()
        => Assert.Equal(TinyGenerator.TextOf(await RunAsync(1, 0)), TinyGenerator.TextOf(await RunAsync(1, 1e-9)));

    private Task<List<GenerationEvent>> RunAsync(int choices, double tau) => _tiny.RunAsync(new GenerationRequest
    {
        Prompt = new TextPrompt("Hello there."),
        Choices = choices,
        MaxTokens = 8,
        Sampling = new SamplingSettings { Seed = 3, IgnoreEos = true },
        Alignment = new AlignmentSettings
        {
            Search = new BestOfNSettings { Candidates = 5, Tau = tau, Rewards = [new RewardTerm("value")] },
            Report = true,
        },
    });
}
