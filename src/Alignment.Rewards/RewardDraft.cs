using Alignment.Inference.Sessions;

namespace Alignment.Rewards;

/// <summary>A response that is to be scored, as text and as tokens. Belongs to its session's program, as the sequence does.</summary>
/// <param name="sequence">Prompt, response, and whatever was drawn behind it; it has room for the closing tokens. The caller's.</param>
/// <param name="tokens">Tokens of the response: what follows them is not part of it.</param>
/// <param name="text">The response as it is shown.</param>
/// <param name="isEnded">Whether it has ended with the last of them, which ends the turn.</param>
/// <param name="closing">Tokens that end a turn; empty where the model has none.</param>
public sealed class RewardDraft(Sequence sequence, int tokens, string text, bool isEnded, IReadOnlyList<int> closing)
{
    private readonly int _length = sequence.PromptLength + tokens;
    private Task<float[]>? _atEnd;
    private Task<float[]>? _atLastToken;
    private Task _last = Task.CompletedTask;

    /// <summary>The response as it is shown.</summary>
    public string Text => text;

    /// <summary>The tokens of the response; valid until the sequence changes.</summary>
    public ReadOnlySpan<int> Tokens => sequence.Tokens[sequence.PromptLength.._length];

    /// <summary>Which token <see cref="HiddenAtEndAsync"/> reads.</summary>
    public string At => isEnded ? ScoredAt.EndOfTurn : closing.Count > 0 ? ScoredAt.Closed : ScoredAt.LastToken;

    /// <summary>Which token <see cref="HiddenAtLastTokenAsync"/> reads.</summary>
    public string AtLastToken => isEnded ? ScoredAt.EndOfTurn : ScoredAt.LastToken;

    /// <summary>
    /// The frozen model's hidden state at the end of the turn, <c>[hidden]</c>: computed once, however many heads read it. Costs the row of
    /// the last token and those of the closing tokens, which the sequence does not keep; afterwards it has the tokens that it had.
    /// </summary>
    public Task<float[]> HiddenAtEndAsync() => At == AtLastToken ? HiddenAtLastTokenAsync() : _atEnd ??= Next(closing);

    /// <summary>
    /// The frozen model's hidden state at the response's own last token, <c>[hidden]</c>: computed once. Costs its row, also
    /// where the end of the turn was read before.
    /// </summary>
    public Task<float[]> HiddenAtLastTokenAsync() => _atLastToken ??= Next([]);

    /// <summary>One after the other: they share the sequence.</summary>
    private Task<float[]> Next(IReadOnlyList<int> end)
    {
        Task<float[]> next = ComputeAsync(_last, end);
        _last = next;
        return next;
    }

    private async Task<float[]> ComputeAsync(Task before, IReadOnlyList<int> end)
    {
        await before;
        int[] behind = sequence.Tokens[_length..].ToArray();
        sequence.Rewind(_length);
        sequence.Append([.. end]);
        await sequence.ComputeAsync();
        float[] hidden = sequence.LastHidden.ToArray();
        sequence.Rewind(_length);
        sequence.Append(behind);
        return hidden;
    }
}
