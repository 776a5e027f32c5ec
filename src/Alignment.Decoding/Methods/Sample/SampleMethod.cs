namespace Alignment.Decoding.Methods.Sample;

/// <summary>Draws each response on its own and streams it as it comes.</summary>
internal sealed class SampleMethod : IDecodingMethod
{
    public async ValueTask<DecodingResult> DecodeAsync(DecodingContext context)
    {
        Candidate[] candidates = await context.StartAsync(context.Request.Choices);
        await Task.WhenAll(candidates.Select(DrawAsync));
        return new DecodingResult(candidates);
    }

    private static async Task DrawAsync(Candidate candidate, int choice)
    {
        candidate.Choice = choice;
        await candidate.DrawAsync();
        candidate.Dispose();
    }
}
