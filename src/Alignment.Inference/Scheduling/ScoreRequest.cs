using Alignment.Compute.NextToken;

namespace Alignment.Inference.Scheduling;

/// <summary>Where the scores of known tokens go.</summary>
/// <param name="From">First token to score.</param>
/// <param name="LogProbabilities">One for each token from there on.</param>
/// <param name="Top">Lists of the most probable tokens to fill, or null.</param>
internal sealed record ScoreRequest(int From, Memory<float> LogProbabilities, TokenLogProbability[][]? Top)
{
    /// <summary>Draws nothing; lists are as long as the longest that is wanted.</summary>
    public NextTokenRule Rule { get; } = new() { Temperature = 0, TopLogProbabilities = Top is null or [] ? 0 : Top.Max(list => list.Length) };
}
