using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Methods.Sample;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Tests.Requests;

/// <summary>What follows from a request's fields.</summary>
public sealed class GenerationRequestTests
{
    /// <summary>A prompt is scored once, for whoever wants most of it.</summary>
    [Theory]
    [InlineData(false, null, null, null)]
    [InlineData(false, 5, null, null)]
    [InlineData(true, null, null, null)]
    [InlineData(true, 5, null, 5)]
    [InlineData(true, 5, 2, 5)]
    [InlineData(true, 2, 5, 5)]
    [InlineData(false, 5, 2, 2)]
    [InlineData(false, null, 0, 0)]
    public void A_prompt_is_listed_as_far_as_an_echo_or_a_list_apart_needs(bool echo, int? top, int? apart, int? listed)
    {
        GenerationRequest request = new() { Prompt = new TextPrompt("x"), Echo = echo };
        Assert.Equal(listed, (request with { TopLogProbabilities = top, PromptLogProbabilities = apart }).ListedOfPrompt);
    }

    [Fact]
    public void The_shortest_response_is_no_longer_than_the_longest()
    {
        Assert.Equal(new NumberRange(0, 7), RequestRanges.MinTokens(7));
        Assert.Equal(new NumberRange(0), RequestRanges.MinTokens(null));
    }

    [Fact]
    public void Only_what_chooses_by_rewards_pays_for_scores()
    {
        Assert.False(new SampleSettings().Scores);
        Assert.True(new BestOfNSettings { Candidates = 2, Rewards = [] }.Scores);
    }
}
