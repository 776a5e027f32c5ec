using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards.Features;

/// <summary>At which tokens of a response a value head is trained.</summary>
public enum ResponsePositions
{
    /// <summary>At the end of the turn: it says nothing of a response that goes on.</summary>
    End,

    /// <summary>
    /// At every token, each prefix with the final label (FUDGE, Yang and Klein, NAACL 2021; Controlled Decoding, Mudgal et al., ICML 2024):
    /// it can score what is not finished. Of long responses 16 tokens are read, spread evenly: a neighbour's state says little that is new.
    /// </summary>
    All,
}

/// <summary>Where the tokens lie.</summary>
internal static class ResponsePositionsExtensions
{
    private const int Most = 16;

    /// <summary>How many there are.</summary>
    public static int Count(this ResponsePositions positions, ResponseTokens response) =>
        positions == ResponsePositions.End ? 1 : Math.Min(response.Count, Most);

    /// <summary>Indices into the response's tokens, ascending; the last one is always the last token's.</summary>
    public static IEnumerable<int> Of(this ResponsePositions positions, ResponseTokens response)
    {
        int count = positions.Count(response);
        return Enumerable.Range(1, count).Select(i => response.Start + (int)((long)i * response.Count / count) - 1);
    }
}
