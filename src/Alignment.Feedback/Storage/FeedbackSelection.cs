using Microsoft.Data.Sqlite;

namespace Alignment.Feedback.Storage;

/// <summary>Which judged answers.</summary>
/// <param name="Since">Those of this time and later; null: from the first.</param>
/// <param name="Until">Those before this time; null: to the last.</param>
/// <param name="Model">Those to this name, or to a profile over it; null: any.</param>
public sealed record FeedbackSelection(DateTimeOffset? Since = null, DateTimeOffset? Until = null, string? Model = null)
{
    /// <summary>Everything.</summary>
    public static FeedbackSelection All { get; } = new();

    /// <summary>
    /// The columns of <see cref="StoredRow"/>, in the order of the answers: one after the other is read and nothing sorted.
    /// </summary>
    internal SqliteCommand Command(SqliteConnection connection)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = """
            SELECT c.number, c.id, c.tenant, c.model, c.settings, c.created, c.messages, c.choices,
                f.created, f.choice, f.good, f.ranking, f.correction
            FROM completions c CROSS JOIN feedback f ON f.completion = c.number
            WHERE c.created >= $since AND c.created < $until
                AND ($model IS NULL OR c.model = $model OR substr(c.model, 1, length($model) + 1) = $model || ':')
            ORDER BY c.number, f.number
            """;
        command.Parameters.AddWithValue("$since", Since?.ToUnixTimeMilliseconds() ?? long.MinValue);
        command.Parameters.AddWithValue("$until", Until?.ToUnixTimeMilliseconds() ?? long.MaxValue);
        command.Parameters.AddWithValue("$model", (object?)Model ?? DBNull.Value);
        return command;
    }
}
