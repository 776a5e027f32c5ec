using System.Threading.Channels;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference;
using Alignment.Inference.Guides;
using Alignment.Models;
using Alignment.Rewards;

namespace Alignment.Decoding.Methods;

/// <summary>What a method works with: the request, its session, and where its events go.</summary>
internal sealed record DecodingContext
{
    public required GenerationRequest Request { get; init; }

    public required LanguageModel Model { get; init; }

    public required ModelRewards Rewards { get; init; }

    public required Session Session { get; init; }

    public required int[] Prompt { get; init; }

    public required IReadOnlyList<Guide> Guides { get; init; }

    public required StepRules Rules { get; init; }

    /// <summary>Longest response.</summary>
    public required int MaxTokens { get; init; }

    public required ChannelWriter<GenerationEvent> Events { get; init; }

    /// <summary>
    /// So many candidates over one prompt. The prompt is computed once, with the first candidate's first token; the others fork from there and draw
    /// that token themselves.
    /// </summary>
    public async ValueTask<Candidate[]> StartAsync(int count)
    {
        Sequence root = Session.CreateSequence(Prompt, Guides, Prompt.Length + MaxTokens);
        var candidates = new Candidate[count];
        candidates[0] = new Candidate(this, root);
        if (count > 1)
        {
            await root.NextAsync(Rules.Next([]));
            root.Rewind(Prompt.Length);
            for (int i = 1; i < count; i++)
            {
                candidates[i] = new Candidate(this, root.Fork(i));
            }
        }

        return candidates;
    }
}
