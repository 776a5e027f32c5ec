using Alignment.Feedback.Records;
using Microsoft.Data.Sqlite;

namespace Alignment.Feedback.Storage;

/// <summary>A row of <see cref="FeedbackSelection"/>: an answer, and one thing that was said of it.</summary>
internal static class StoredRow
{
    public static CompletionRecord Completion(SqliteDataReader row) => new()
    {
        Id = row.GetString(1),
        Tenant = row.GetString(2),
        Model = row.GetString(3),
        Settings = row.GetString(4),
        Created = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5)),
        Messages = StoredJson.Read<MessageRecord[]>(row.GetString(6)),
        Choices = StoredJson.Read<string[]>(row.GetString(7)),
    };

    public static FeedbackRecord Feedback(SqliteDataReader row, CompletionRecord completion) => new()
    {
        CompletionId = completion.Id,
        Tenant = completion.Tenant,
        Created = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(8)),
        Index = row.IsDBNull(9) ? null : row.GetInt32(9),
        IsGood = row.IsDBNull(10) ? null : row.GetBoolean(10),
        Ranking = row.IsDBNull(11) ? null : StoredJson.Read<int[]>(row.GetString(11)),
        Correction = row.IsDBNull(12) ? null : row.GetString(12),
    };
}
