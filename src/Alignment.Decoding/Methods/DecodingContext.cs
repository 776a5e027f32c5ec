using Alignment.Decoding.Drafts;
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
internal sealed class DecodingContext
{
    public required EncodedRequest Encoded { get; init; }

    public required LanguageModel Model { get; init; }

    public required ModelRewards Rewards { get; init; }

    public required Session Session { get; init; }

    public required EventBuffer Events { get; init; }

    /// <summary>Makes what watches over each response, behind its stop texts; null: nothing does.</summary>
    public required Func<IResponseStage>? Guard { get; init; }

    public GenerationRequest Request => Encoded.Request;

    public int[] Prompt => Encoded.Prompt;

    public IReadOnlyList<Guide> Guides => Encoded.Guides;

    /// <summary>Longest response.</summary>
    public int MaxTokens => Encoded.MaxTokens;

    /// <summary>Characters of the prompt in front of each response, once it is told there.</summary>
    public int EchoLength { get; set; }

    /// <summary>Set by whoever could not go on for it.</summary>
    public bool BudgetExhausted { get; set; }

    /// <summary>
    /// So many candidates over one prompt, which is computed once: each begins with a token of its own, drawn from its last row. Where the
    /// budget does not reach so far, with none.
    /// </summary>
    public async ValueTask<Candidate[]> StartAsync(int count)
    {
        StreamId[] streams = StreamId.Candidates(count);
        using Sequence root = Session.CreateSequence(
            Prompt, Guides, Prompt.Length + MaxTokens + Encoded.Closing.Count, constraint: Encoded.Rules.Constraint());
        try
        {
            Branch[] branches = await root.BranchAsync(Encoded.Rules.Rule, streams);
            return Array.ConvertAll(branches, branch => new Candidate(this, new Draft(Encoded, branch)));
        }
        catch (BudgetSpentException)
        {
            return Array.ConvertAll(streams, stream => new Candidate(this, new Draft(Encoded, root.Fork(stream.Candidate))));
        }
    }

    /// <summary>A response that nothing is committed to.</summary>
    public Response CreateResponse()
    {
        var stops = new StopStage(Request.Stop, Request.IncludeStop, Request.MinTokens);
        return new Response(Encoded, Model.Tokenizer, Guard is null ? [stops] : [stops, Guard()], EchoLength);
    }
}
