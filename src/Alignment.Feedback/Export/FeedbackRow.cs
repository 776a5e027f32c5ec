using Alignment.Feedback.Records;
using Alignment.Feedback.Storage;

namespace Alignment.Feedback.Export;

/// <summary>One row of training data: a thumb, or a pair.</summary>
internal abstract record FeedbackRow
{
    /// <summary>The rows that an answer makes. Of thumbs and corrections the last of a choice counts, of rankings the last.</summary>
    /// <exception cref="FeedbackUnavailableException">It names choices that there are not: the database is damaged.</exception>
    public static IEnumerable<FeedbackRow> Of(JudgedCompletion judged)
    {
        IReadOnlyList<string> choices = judged.Completion.Choices;
        foreach ((int choice, FeedbackRecord last) in LastOfEach(judged, feedback => feedback.IsGood is not null))
        {
            yield return new ThumbRow(Choice(choice), last.IsGood!.Value);
        }

        foreach ((int choice, FeedbackRecord last) in LastOfEach(judged, feedback => feedback.Correction is not null))
        {
            yield return new PairRow(last.Correction!, Choice(choice));
        }

        IReadOnlyList<int> ranking = judged.Feedback.LastOrDefault(feedback => feedback.Ranking is not null)?.Ranking ?? [];
        for (int better = 0; better < ranking.Count; better++)
        {
            for (int worse = better + 1; worse < ranking.Count; worse++)
            {
                yield return new PairRow(Choice(ranking[better]), Choice(ranking[worse]));
            }
        }

        string Choice(int index) => index >= 0 && index < choices.Count
            ? choices[index]
            : throw new FeedbackUnavailableException(FeedbackFault.Damaged);
    }

    private static IEnumerable<(int Choice, FeedbackRecord Last)> LastOfEach(JudgedCompletion judged, Func<FeedbackRecord, bool> counts)
        => judged.Feedback.Where(counts).GroupBy(feedback => feedback.Index ?? 0).Select(group => (group.Key, group.Last()));
}

/// <summary>A choice with its thumb.</summary>
internal sealed record ThumbRow(string Completion, bool IsGood) : FeedbackRow;

/// <summary>Two answers, of which the first is better.</summary>
internal sealed record PairRow(string Chosen, string Rejected) : FeedbackRow;
