namespace Alignment.Inference;

/// <summary>
/// Names the random numbers of a sequence's draws: with the rule's seed and a token's position they are a pure function of this. Attempt 0
/// is what a candidate draws that is never drawn again.
/// </summary>
/// <param name="Candidate">Which of a request's parallel candidates.</param>
/// <param name="Attempt">How often it was drawn again before.</param>
public readonly record struct StreamId(int Candidate, int Attempt = 0)
{
    /// <summary>Second word of the random counter: the candidate in the low 32 bits, the attempt in the high ones.</summary>
    internal ulong Word => (uint)Candidate | ((ulong)(uint)Attempt << 32);

    /// <summary>The first attempts of so many candidates.</summary>
    public static StreamId[] Candidates(int count) => [.. Enumerable.Range(0, count).Select(candidate => new StreamId(candidate))];
}
