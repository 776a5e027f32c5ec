using Alignment.Training.Data;
using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Evaluation;

/// <summary>Responses to one prompt, of which some are preferred to all of the others.</summary>
/// <param name="Prompt">Turns up to the response.</param>
/// <param name="Chosen">The preferred ones.</param>
/// <param name="Rejected">The others.</param>
/// <param name="IsBorrowed">See <see cref="PreferencePair.IsBorrowed"/>.</param>
public sealed record Comparison(
    IReadOnlyList<Turn> Prompt, IReadOnlyList<string> Chosen, IReadOnlyList<string> Rejected, bool IsBorrowed = false)
{
    /// <summary>Which prompt it is, for intervals.</summary>
    public string Key => DataSplit.Key(Prompt);

    /// <summary>Every response, the chosen ones first.</summary>
    public IReadOnlyList<string> Responses => [.. Chosen, .. Rejected];

    /// <summary>Whether there are answers to a prompt, each said once.</summary>
    public bool IsUsable =>
        Prompt.Count > 0 && Chosen.Count > 0 && Rejected.Count > 0 && Responses.All(text => text.Length > 0)
        && !Chosen.Intersect(Rejected).Any();

    /// <summary>Whether it is about which of several is best: one is preferred to two others or more.</summary>
    public bool IsBestOf => Chosen.Count == 1 && Rejected.Count > 1;

    /// <summary>Every chosen response against every other one.</summary>
    /// <param name="scores">One for each of <see cref="Responses"/>.</param>
    public IEnumerable<ScoredPair> Pairs(IReadOnlyList<double> scores)
    {
        string key = Key;
        int[] lengths = [.. Responses.Select(ScoredPair.LengthOf)];
        return Enumerable.Range(0, Chosen.Count).SelectMany(
            chosen => Enumerable.Range(Chosen.Count, Rejected.Count).Select(
                other => new ScoredPair(key, scores[chosen] - scores[other], lengths[chosen], lengths[other])));
    }

    /// <summary>
    /// Whether the chosen response has the highest score: 1 or 0; where others share the highest, the chance to draw it among them.
    /// </summary>
    /// <param name="scores">One for each of <see cref="Responses"/>, the chosen one first.</param>
    public static double Best(IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        return scores[0] < scores.Max() ? 0 : 1.0 / scores.Count(score => score == scores[0]);
    }
}
