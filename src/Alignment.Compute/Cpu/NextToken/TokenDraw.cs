namespace Alignment.Compute.Cpu.NextToken;

/// <summary>A drawn token and the distribution it came from.</summary>
/// <param name="Token">The token.</param>
/// <param name="LogProbability">Its log-probability under that distribution.</param>
/// <param name="LogTotal">Logarithm of the sum of the masses that could be drawn.</param>
/// <param name="Candidates">How many of the ranked candidates could be drawn; -1 when the whole vocabulary could.</param>
internal readonly record struct TokenDraw(int Token, double LogProbability, double LogTotal, int Candidates)
{
    /// <summary>A certain token.</summary>
    public static TokenDraw Certain(int token) => new(token, 0, 0, -1);
}
