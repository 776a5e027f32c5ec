using System.Threading.Channels;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference;
using Alignment.Inference.Guides;
using Alignment.Inference.Sessions;
using Alignment.Models;
using Alignment.Rewards;

namespace Alignment.Decoding.Methods;

/// <summary>What a method works with: the request, its session, and where its events go.</summary>
internal sealed record DecodingContext
{
    public required EncodedRequest Encoded { get; init; }

    public required LanguageModel Model { get; init; }

    public required ModelRewards Rewards { get; init; }

    public required Session Session { get; init; }

    public required ChannelWriter<GenerationEvent> Events { get; init; }

    public GenerationRequest Request => Encoded.Request;

    public int[] Prompt => Encoded.Prompt;

    public IReadOnlyList<Guide> Guides => Encoded.Guides;

    public StepRules Rules => Encoded.Rules;

    /// <summary>Longest response.</summary>
    public int MaxTokens => Encoded.MaxTokens;

    /// <summary>
    /// So many candidates over one prompt, which is computed once: several begin with a token each, drawn from its last row.
    /// </summary>
    public async ValueTask<Candidate[]> StartAsync(int count)
    {
        Sequence root = Session.CreateSequence(
            Prompt, Guides, Prompt.Length + MaxTokens + Encoded.Closing.Count, constraint: Rules.Constraint());
        if (count == 1)
        {
            return [new Candidate(this, root)];
        }

        Branch[] branches = await root.BranchAsync(Rules.Rule, StreamId.Candidates(count));
        root.Dispose();
        return Array.ConvertAll(branches, branch => new Candidate(this, branch.Sequence, branch.Choice));
    }
}
