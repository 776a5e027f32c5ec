namespace Alignment.Decoding.Scoring;

/// <summary>
/// What scores a whole response, by name: a value reward, or log-probabilities of its tokens, which become one number as their sum or as
/// their mean a token. The log-probabilities are those of a token-reward head or an adapter, or the frozen model's own.
/// </summary>
/// <param name="Source">A value reward, a token-reward head, an adapter, or <see cref="Frozen"/>.</param>
/// <param name="IsSum">Whether log-probabilities are summed.</param>
public sealed record ScorerName(string Source, bool IsSum)
{
    /// <summary>The source that is the frozen model.</summary>
    public const string Frozen = "frozen";

    private const string Sum = ":sum";
    private const string Mean = ":mean";

    /// <summary>What every reward has to beat: the frozen model's log-probability of a response.</summary>
    public static IReadOnlyList<string> Baselines { get; } = [Frozen + Sum, Frozen + Mean];

    /// <summary>
    /// Reads <c>NAME</c>, and of what scores tokens also <c>NAME:sum</c> and <c>NAME:mean</c>; without either it is the mean, which is what
    /// token rewards are trained by.
    /// </summary>
    /// <param name="text">As a user writes it.</param>
    /// <param name="guides">Names of the heads and adapters that score tokens.</param>
    /// <param name="rewards">Names of the value rewards.</param>
    /// <returns>Null where there is nothing of this name.</returns>
    public static ScorerName? Parse(string text, IReadOnlyCollection<string> guides, IReadOnlyCollection<string> rewards)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (guides.Contains(text) || rewards.Contains(text))
        {
            return new ScorerName(text, IsSum: false);
        }

        bool isSum = text.EndsWith(Sum, StringComparison.Ordinal);
        string source = isSum ? text[..^Sum.Length] : text.EndsWith(Mean, StringComparison.Ordinal) ? text[..^Mean.Length] : "";
        return source == Frozen || guides.Contains(source) ? new ScorerName(source, isSum) : null;
    }
}
