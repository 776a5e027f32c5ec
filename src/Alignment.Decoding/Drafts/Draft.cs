using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Preparation;
using Alignment.Inference;
using Alignment.Inference.Sessions;

namespace Alignment.Decoding.Drafts;

/// <summary>
/// Tokens that a method draws ahead, with their sums, and without any text. A fork shares its pages and its records of tokens; what it
/// costs is the sequence's, which copies token ids and page numbers of every path, and what its constraint and penalties keep. Rewinds in
/// O(tokens rewound). What a client is to see of it is committed to a response. Belongs to its session's program; owns its sequence.
/// </summary>
/// <param name="request">Rule of each step, and what is asked for of each token.</param>
/// <param name="sequence">Prompt and <paramref name="last"/> with all before it.</param>
/// <param name="last">The token drawn last; null: none yet.</param>
internal sealed class Draft(EncodedRequest request, Sequence sequence, DraftToken? last = null) : IDisposable
{
    /// <summary>A continuation that was drawn from the row of the prompt.</summary>
    public Draft(EncodedRequest request, Branch branch)
        : this(request, branch.Sequence) => Add(branch.Choice);

    public Sequence Sequence => sequence;

    /// <summary>The token drawn last; null: none yet.</summary>
    public DraftToken? Last { get; private set; } = last;

    /// <summary>Tokens drawn, an end token included.</summary>
    public int Count => Last?.Count ?? 0;

    public double LogProbability => Last?.LogProbability ?? 0;

    public double EstimatedKl => Last?.EstimatedKl ?? 0;

    public double StepKl => Last?.StepKl ?? 0;

    /// <summary>
    /// Whether nothing may follow: its last token ends a response, or it is as long as one may be. A stop text ends it where it is
    /// committed.
    /// </summary>
    public bool IsEnded => Count == request.MaxTokens || (Last is { } token && request.Rules.Ends(token.Id));

    /// <summary>Draws the next token.</summary>
    /// <exception cref="BudgetSpentException">Nothing more may be computed.</exception>
    public async ValueTask<DraftToken> NextAsync() => Add(await sequence.NextAsync(request.Rules.Rule));

    /// <summary>The same tokens; what follows them is drawn from the random stream of another candidate.</summary>
    public Draft Fork(int candidate) => new(request, sequence.Fork(candidate), Last);

    /// <summary>Forgets the tokens after the first <paramref name="count"/>; what is drawn in their place is the same again.</summary>
    public void Rewind(int count)
    {
        sequence.Rewind(sequence.PromptLength + count);
        Forget(count);
    }

    /// <summary>
    /// Forgets the tokens after the first <paramref name="count"/>; what is drawn in their place is drawn anew, from the next attempt's
    /// random stream.
    /// </summary>
    public void Redraw(int count)
    {
        sequence.Redraw(sequence.PromptLength + count);
        Forget(count);
    }

    /// <summary>The tokens after the first <paramref name="count"/>, in order.</summary>
    public DraftToken[] TokensFrom(int count)
    {
        var tokens = new DraftToken[Count - count];
        for (DraftToken? token = Last; token is not null && token.Count > count; token = token.Previous)
        {
            tokens[token.Count - count - 1] = token;
        }

        return tokens;
    }

    public void Dispose() => sequence.Dispose();

    private DraftToken Add(TokenChoice choice) => Last = new DraftToken(Last, choice, request.KeepsNumbers);

    private void Forget(int count)
    {
        while (Count > count)
        {
            Last = Last!.Previous;
        }
    }
}
