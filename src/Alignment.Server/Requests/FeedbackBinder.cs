using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Feedback.Records;
using Alignment.Server.Contracts;

namespace Alignment.Server.Requests;

/// <summary>The body of feedback to what is stored; what it has to do with the answer is checked where the answer is.</summary>
internal static class FeedbackBinder
{
    /// <summary>Names of thumbs.</summary>
    public static readonly string[] Ratings = [Up, "down"];

    private const string Up = "up";
    private const int MaxId = 128;

    private static readonly NumberRange s_ranked = new(2, 128);
    private static readonly NumberRange s_correction = new(1, 65_536);

    public static FeedbackRecord Bind(FeedbackRequest body, string tenant, DateTimeOffset now, ProblemCollection problems)
    {
        Require(body.CompletionId is { Length: > 0 and <= MaxId }, "completion_id", body.CompletionId is null
            ? "is required: the id of a chat completion"
            : $"must have 1 to {MaxId} characters");
        Require(body.Rating is null || Ratings.Contains(body.Rating), "rating", $"must be {string.Join(" or ", Ratings)}");
        CheckRanking(body.Ranking, problems);
        Require(
            body.Correction is null || s_correction.Contains(body.Correction.Length),
            "correction",
            $"its length must be {s_correction} characters");
        bool isAboutOne = body.Rating is not null || body.Correction is not null;
        Require(isAboutOne || body.Ranking is not null, "rating", "is required, or ranking, or correction");
        Require(isAboutOne || body.Index is null, "index", "says which choice rating or correction are about; there is neither");
        return new FeedbackRecord
        {
            CompletionId = body.CompletionId ?? "",
            Tenant = tenant,
            Created = now,
            Index = body.Index,
            IsGood = body.Rating is { } rating ? rating == Up : null,
            Ranking = body.Ranking,
            Correction = body.Correction,
        };

        void Require(bool holds, string field, string message)
        {
            if (!holds && !problems.Touch(field))
            {
                problems.Add(new RequestProblem(field, message));
            }
        }
    }

    private static void CheckRanking(IReadOnlyList<int>? ranking, ProblemCollection problems)
    {
        const string Field = "ranking";
        if (ranking is null)
        {
            return;
        }

        if (!s_ranked.Contains(ranking.Count))
        {
            problems.Add(new RequestProblem(Field, $"has {ranking.Count} choices; their number must be {s_ranked}"));
        }
        else if (ranking.GroupBy(choice => choice).FirstOrDefault(choice => choice.Count() > 1) is { } twice)
        {
            problems.Add(new RequestProblem(Field, $"has choice {twice.Key} {twice.Count()} times"));
        }
    }
}
