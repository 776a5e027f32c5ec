namespace Alignment.Training.Data.Preferences;

/// <summary>Two responses to one prompt, the first preferred.</summary>
/// <remarks>
/// People compared them, or judged both of them, unless <see cref="IsBorrowed"/>: only the others say how well a reward does what it is
/// for.
/// </remarks>
/// <param name="Prompt">Turns up to the response; ends with the user's.</param>
/// <param name="Chosen">Preferred response.</param>
/// <param name="Rejected">The other response.</param>
/// <param name="Source">Path of its file in the data folder.</param>
/// <param name="Weight">Of its loss: the source's weight times the share of annotators who agree.</param>
/// <param name="Part">Which training may see it.</param>
public sealed record PreferencePair(IReadOnlyList<Turn> Prompt, string Chosen, string Rejected, string Source, float Weight, DataPart Part)
{
    /// <summary>
    /// Whether one of the responses was taken from another row or another dialogue, so that nobody has seen it as an answer to this prompt.
    /// </summary>
    public bool IsBorrowed { get; init; }

    /// <summary>
    /// What its split and its intervals go by: pairs of one <see cref="DataSplit.Key"/> are not independent of each other.
    /// </summary>
    public string Key => DataSplit.Key(Prompt);

    /// <summary>By how much the chosen response is better, in the source's own unit; 0 where it does not say.</summary>
    public double Margin { get; init; }

    /// <summary>Probability that the preference is right, at least one half; null where the source does not say.</summary>
    public double? Agreement { get; init; }

    /// <summary>Who judged, and whether they prefer the chosen response; empty where the source names nobody.</summary>
    public IReadOnlyList<Judge> Judges { get; init; } = [];

    /// <summary>Whether it says something: two different responses to a prompt.</summary>
    public bool IsUsable => Prompt.Count > 0 && Chosen.Length > 0 && Rejected.Length > 0 && Chosen != Rejected;
}

/// <summary>One who judged a pair.</summary>
/// <param name="Name">Their name.</param>
/// <param name="Agrees">Whether they prefer the chosen response.</param>
public sealed record Judge(string Name, bool Agrees);
