using Alignment.Decoding.Requests;
using Alignment.Inference.Guides;

namespace Alignment.Decoding.Preparation;

/// <summary>A request that is known to be right, with whatever its generator has made of it; no other generator can run it.</summary>
/// <param name="Request">The request.</param>
public abstract record PreparedRequest(GenerationRequest Request)
{
    /// <summary>The most that it can cost.</summary>
    public RequestCost Cost { get; init; }
}

/// <summary>What the engine needs of a request: its texts are tokens, and its room is known.</summary>
/// <param name="Request">The request.</param>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Guides">What shifts its next tokens; contrast prompts are encoded.</param>
/// <param name="Rules">The rule of each step; words that may not be written are encoded.</param>
/// <param name="Closing">Tokens that end a turn, where responses are scored: the room for them is counted. Else none.</param>
/// <param name="MaxTokens">Longest response that fits, at most what was asked for.</param>
/// <param name="Size">What it costs, row by row.</param>
/// <param name="Pages">Pages at once to set aside, over all paths.</param>
internal sealed record EncodedRequest(
    GenerationRequest Request,
    int[] Prompt,
    IReadOnlyList<Guide> Guides,
    StepRules Rules,
    IReadOnlyList<int> Closing,
    int MaxTokens,
    RequestSize Size,
    int Pages)
    : PreparedRequest(Request)
{
    /// <summary>Whether responses end where they do for want of forward tokens, not of context or by the client's wish.</summary>
    public bool IsShortenedByBudget { get; init; }

    /// <summary>Whether the answer lists the tokens of responses.</summary>
    public bool Describes => Request.TopLogProbabilities is not null;

    /// <summary>Whether the answer or the report says more of a token than what it adds to the sums.</summary>
    public bool KeepsNumbers => Describes || Request.Alignment.Report;
}
