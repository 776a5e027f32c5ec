using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Alignment.Feedback.Storage;

/// <summary>What a feedback database consists of. Rows are added and removed, never changed.</summary>
internal static class FeedbackSchema
{
    /// <summary>"ALFB": how SQLite's header tells our files from others.</summary>
    private const long ApplicationId = 0x414C4642;

    private const long Version = 1;

    private const string Tables = """
        CREATE TABLE completions (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            model TEXT NOT NULL,
            settings TEXT NOT NULL,
            created INTEGER NOT NULL,
            messages TEXT NOT NULL,
            choices TEXT NOT NULL) STRICT;
        CREATE INDEX completions_by_time ON completions (created);
        CREATE INDEX completions_by_tenant ON completions (tenant);
        CREATE TABLE feedback (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            completion INTEGER NOT NULL REFERENCES completions (number) ON DELETE CASCADE,
            created INTEGER NOT NULL,
            choice INTEGER,
            good INTEGER,
            ranking TEXT,
            correction TEXT) STRICT;
        CREATE INDEX feedback_by_completion ON feedback (completion);
        """;

    /// <summary>Makes the tables of a file that is new.</summary>
    /// <exception cref="FeedbackUnavailableException">The file has something else.</exception>
    public static void Create(SqliteConnection connection)
    {
        using SqliteTransaction transaction = connection.BeginTransaction();
        if (Number(connection, "SELECT count(*) FROM sqlite_schema") == 0)
        {
            Run(connection, string.Create(
                CultureInfo.InvariantCulture, $"{Tables} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version};"));
        }

        Require(connection);
        transaction.Commit();
    }

    /// <exception cref="FeedbackUnavailableException">The file is none of ours.</exception>
    public static void Require(SqliteConnection connection)
    {
        if (Number(connection, "PRAGMA application_id") != ApplicationId || Number(connection, "PRAGMA user_version") != Version)
        {
            throw new FeedbackUnavailableException(FeedbackFault.Foreign);
        }
    }

    /// <summary>The one number that a statement gives.</summary>
    public static long Number(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>Runs statements that need nothing from outside.</summary>
    public static void Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
