using Alignment.Decoding.Methods;
using Alignment.Decoding.Reading;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Tests.Methods.Longest;

/// <summary>A method that only this project knows: draws n candidates, returns those with the most tokens.</summary>
internal sealed record LongestSettings : SearchSettings
{
    public const string Name = "longest";

    private static readonly IntegerOption s_candidates = new("n", "Candidates drawn.", RequestRanges.Candidates, 4);

    public override string Method => Name;

    public static MethodDescriptor Descriptor { get; } = new(
        Name,
        (reader, _, limits) => new LongestSettings { Candidates = s_candidates.Read(reader, limits) },
        settings => new LongestMethod((LongestSettings)settings))
    {
        Description = "Draws n candidates, and returns those with the most tokens.",
        Options = [s_candidates],
    };

    public required int Candidates { get; init; }

    public override int Draws(int choices) => Candidates;
}

internal sealed class LongestMethod(LongestSettings settings) : IDecodingMethod
{
    public async ValueTask<DecodingResult> DecodeAsync(DecodingContext context)
    {
        Candidate[] candidates = await context.StartAsync(settings.Candidates);
        await Task.WhenAll(candidates.Select(candidate => candidate.DrawAsync().AsTask()));
        Candidate[] chosen = [.. candidates.OrderByDescending(candidate => candidate.Draft.Count).Take(context.Request.Choices)];
        for (int choice = 0; choice < chosen.Length; choice++)
        {
            chosen[choice].Choice = choice;
            await chosen[choice].TellAsync();
        }

        return new DecodingResult(candidates);
    }
}
