using Alignment.Training.Evaluation;

namespace Alignment.Cli.Commands.Evaluate;

/// <summary>One reward and what it is worth.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="Figures">On whole responses.</param>
/// <param name="Prefixes">On their beginnings, and the whole last; empty where nobody asked.</param>
internal sealed record MeasuredReward(string Name, RewardFigures Figures, IReadOnlyList<PrefixFigures> Prefixes)
{
    /// <summary>Measures the scorer of an index.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="scorer">Which of the scores.</param>
    /// <param name="shares">How much of each response was scored; the whole of it last.</param>
    /// <param name="rows">The scores.</param>
    /// <exception cref="InvalidDataException">A score is no finite number.</exception>
    public static MeasuredReward Of(string name, int scorer, IReadOnlyList<double> shares, IReadOnlyList<ScoredComparison> rows)
    {
        Comparison[] comparisons = [.. rows.Select(row => row.Comparison)];
        double[][] whole = Scores(shares.Count - 1);
        return new MeasuredReward(
            name,
            RewardFigures.Of(comparisons, whole),
            shares.Count == 1 ? [] : [.. shares.Select((share, i) => PrefixFigures.Of(share, comparisons, Scores(i), whole))]);

        double[][] Scores(int share) =>
            [.. rows.Select(row => Array.ConvertAll(row.Scores, response => Finite(response[share][scorer])))];

        double Finite(double score) =>
            double.IsFinite(score) ? score : throw new InvalidDataException($"{name}: the score of a response is no finite number");
    }
}
