namespace Alignment.Feedback.Records;

/// <summary>What somebody says of an answer: a thumb, an order of its choices, a better answer, or several of these.</summary>
public sealed record FeedbackRecord
{
    /// <summary>The answer.</summary>
    public required string CompletionId { get; init; }

    /// <summary>Who says it: <see cref="Tenants"/>.</summary>
    public required string Tenant { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The choice that <see cref="IsGood"/> and <see cref="Correction"/> are about; null: the only one.</summary>
    public int? Index { get; init; }

    /// <summary>Thumbs up or down; null: neither.</summary>
    public bool? IsGood { get; init; }

    /// <summary>Choices by index, the best first; null: no order.</summary>
    public IReadOnlyList<int>? Ranking { get; init; }

    /// <summary>What the choice should have been; null: nobody says.</summary>
    public string? Correction { get; init; }

    /// <summary>Everything that does not fit the answer.</summary>
    /// <param name="choices">The answer's.</param>
    internal IEnumerable<FeedbackProblem> Problems(IReadOnlyList<string> choices)
    {
        bool isAboutOne = IsGood is not null || Correction is not null;
        if (isAboutOne && Index is null && choices.Count > 1)
        {
            yield return new FeedbackProblem("index", $"is required: the completion has {choices.Count} choices");
        }

        if (Index is { } index && Missing(index, choices) is { } missing)
        {
            yield return new FeedbackProblem("index", missing);
        }
        else if (Correction is not null && Correction == choices[Index ?? 0])
        {
            yield return new FeedbackProblem("correction", "is the choice itself");
        }

        for (int i = 0; i < Ranking?.Count; i++)
        {
            if (Missing(Ranking[i], choices) is { } unknown)
            {
                yield return new FeedbackProblem($"ranking[{i}]", unknown);
            }
        }
    }

    private static string? Missing(int index, IReadOnlyList<string> choices) => index >= 0 && index < choices.Count
        ? null
        : $"there is no choice {index}; the completion has {choices.Count}, from 0 on";
}

/// <summary>One thing that is wrong with feedback.</summary>
/// <param name="Field">As clients write it.</param>
/// <param name="Message">What is wrong with it, as the rest of a sentence.</param>
public sealed record FeedbackProblem(string Field, string Message);

/// <summary>What became of feedback.</summary>
/// <param name="IsKnown">Whether the answer is there, and is that of who judges it. If not, nothing is stored.</param>
/// <param name="Problems">What does not fit the answer; where there is any, nothing is stored.</param>
public sealed record FeedbackOutcome(bool IsKnown, IReadOnlyList<FeedbackProblem> Problems);
