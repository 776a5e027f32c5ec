using Alignment.Decoding.Drafts;
using Alignment.Decoding.Methods;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Tests.Methods.Lookahead;

/// <summary>
/// Draws four tokens ahead on each of three forks, keeps the likeliest fork, gives its last token up again, and commits the others.
/// </summary>
internal sealed record LookaheadSettings : SearchSettings
{
    public const string Name = "lookahead";

    public override string Method => Name;

    public static MethodDescriptor Descriptor { get; } = new(Name, (_, _, _) => new LookaheadSettings(), _ => new LookaheadMethod())
    {
        Description = "Looks four tokens ahead.",
    };
}

internal sealed class LookaheadMethod : IDecodingMethod
{
    public const int Forks = 3;
    public const int Ahead = 4;

    public async ValueTask<DecodingResult> DecodeAsync(DecodingContext context)
    {
        Candidate[] candidates = await context.StartAsync(1);
        candidates[0].Choice = 0;
        while (!candidates[0].Response.Commit(candidates[0].Draft))
        {
            await candidates[0].TellAsync();
            candidates[0].Continue(await LookAheadAsync(candidates[0].Draft));
        }

        await candidates[0].TellAsync();
        return new DecodingResult(candidates);
    }

    private static async Task<Draft> LookAheadAsync(Draft draft)
    {
        Draft[] forks = [.. Enumerable.Range(1, Forks).Select(draft.Fork)];
        await Task.WhenAll(forks.Select(fork => DrawAsync(fork, draft.Count + Ahead)));
        Draft best = forks.MaxBy(fork => fork.LogProbability)!;
        Array.ForEach(Array.FindAll(forks, fork => fork != best), fork => fork.Dispose());
        if (!best.IsEnded)
        {
            best.Rewind(best.Count - 1);
        }

        return best;
    }

    private static async Task DrawAsync(Draft fork, int count)
    {
        while (!fork.IsEnded && fork.Count < count)
        {
            await fork.NextAsync();
        }
    }
}
