using Alignment.Decoding.Responses;

namespace Alignment.Decoding.Methods.Sample;

/// <summary>Draws each response on its own and streams it as it comes.</summary>
internal sealed class SampleMethod : IDecodingMethod
{
    public async ValueTask<DecodingResult> DecodeAsync(DecodingContext context)
    {
        Candidate[] candidates = await context.StartAsync(context.Request.Choices);
        await Task.WhenAll(candidates.Select(candidate => DrawAsync(context, candidate)));
        return new DecodingResult(candidates);
    }

    private static async Task DrawAsync(DecodingContext context, Candidate candidate)
    {
        candidate.Choice = candidate.Index;
        await candidate.DrawAsync((text, tokens) => context.Events.TryWrite(new TextEvent(candidate.Index, text, tokens)));
        context.Events.TryWrite(new FinishEvent(candidate.Index, candidate.FinishReason));
        candidate.Sequence.Dispose();
    }
}
