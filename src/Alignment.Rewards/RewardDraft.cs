using Alignment.Inference.Sessions;

namespace Alignment.Rewards;

/// <summary>A response that is to be scored, as text and as tokens. Belongs to its session's program, as the sequence does.</summary>
/// <param name="sequence">Prompt and response; it has room for the closing tokens. The caller's, who disposes it.</param>
/// <param name="text">The response as it is shown.</param>
/// <param name="isEnded">Whether its last token ends the turn.</param>
/// <param name="closing">Tokens that end a turn; empty where the model has none.</param>
public sealed class RewardDraft(Sequence sequence, string text, bool isEnded, IReadOnlyList<int> closing)
{
    private Task<float[]>? _hidden;

    /// <summary>The response as it is shown.</summary>
    public string Text => text;

    /// <summary>The tokens of the response; valid until the sequence changes.</summary>
    public ReadOnlySpan<int> Tokens => sequence.Tokens[sequence.PromptLength..];

    /// <summary>Which token <see cref="HiddenAtEndAsync"/> reads.</summary>
    public string At => isEnded ? ScoredAt.EndOfTurn : closing.Count > 0 ? ScoredAt.Closed : ScoredAt.LastToken;

    /// <summary>
    /// The frozen model's hidden state at the end of the turn, <c>[hidden]</c>: computed once, however many heads read it. Costs the row of
    /// the last token and those of the closing tokens, which the sequence does not keep.
    /// </summary>
    public Task<float[]> HiddenAtEndAsync() => _hidden ??= ComputeAsync();

    private async Task<float[]> ComputeAsync()
    {
        int length = sequence.Length;
        if (At == ScoredAt.Closed)
        {
            sequence.Append([.. closing]);
        }

        await sequence.ComputeAsync();
        float[] hidden = sequence.LastHidden.ToArray();
        sequence.Rewind(length);
        return hidden;
    }
}
