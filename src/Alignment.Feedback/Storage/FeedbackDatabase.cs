using System.Text.Json;
using Alignment.Feedback.Records;
using Microsoft.Data.Sqlite;

namespace Alignment.Feedback.Storage;

/// <summary>
/// Answers and what was said of them, in one SQLite file. Every method is one transaction, and on the disk when it returns: the log is
/// written ahead (WAL) and flushed at each commit (synchronous = FULL), so that neither a killed process nor a power cut loses what was
/// acknowledged. Several processes of one machine may have the file open; they take turns in writing, and wait for each other a little.
/// Not for concurrent use; owns its connection.
/// </summary>
public sealed class FeedbackDatabase : IDisposable
{
    /// <summary>Most that can be said of one answer: the last of each kind counts.</summary>
    public const int MaxFeedback = 100;

    private const int SecondsToWait = 2;
    private const string CountCompletions = "SELECT count(*) FROM completions";

    // On every connection. What is deleted is overwritten, and a file from elsewhere cannot bring functions of its own.
    private const string Settings =
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;";

    private readonly SqliteConnection _connection;

    private FeedbackDatabase(string path, SqliteOpenMode mode)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path.GetFullPath(path),
            Mode = mode,
            Pooling = false,
            DefaultTimeout = SecondsToWait,
        }.ToString());
    }

    /// <summary>Bytes that its content takes; those of deleted rows, which are used again, do not count.</summary>
    /// <exception cref="FeedbackUnavailableException">It cannot be read.</exception>
    public long UsedBytes => FeedbackUnavailableException.Translate(() => (Number("PRAGMA page_count") - Number("PRAGMA freelist_count"))
        * Number("PRAGMA page_size"));

    /// <summary>Opens a database, or makes one that only this user can read.</summary>
    /// <param name="path">The file, in a folder that exists.</param>
    /// <param name="maxBytes">The file never gets larger; null: no bound.</param>
    /// <exception cref="FeedbackUnavailableException">It cannot be opened, or is none.</exception>
    public static FeedbackDatabase Open(string path, long? maxBytes = null)
    {
        FeedbackUnavailableException.Translate(() => CreateFile(path));
        return Connect(path, SqliteOpenMode.ReadWrite, connection =>
        {
            FeedbackSchema.Run(connection, "PRAGMA journal_mode = WAL");
            FeedbackSchema.Create(connection);
            long pages = maxBytes / FeedbackSchema.Number(connection, "PRAGMA page_size") ?? int.MaxValue;
            FeedbackSchema.Number(connection, $"PRAGMA max_page_count = {pages}");
        });
    }

    /// <summary>Opens one that must be there, for whoever comes from outside of the server; the server may go on meanwhile.</summary>
    /// <exception cref="FeedbackUnavailableException">It cannot be opened, or is none.</exception>
    public static FeedbackDatabase OpenExisting(string path) => Connect(path, SqliteOpenMode.ReadWrite, FeedbackSchema.Require);

    /// <summary>What is wrong with a path as the place of a database; null: nothing that will not pass. Makes the database.</summary>
    public static string? Problem(string path)
    {
        try
        {
            Open(path).Dispose();
            return null;
        }
        catch (FeedbackUnavailableException fault) when (fault.Fault is FeedbackFault.Foreign or FeedbackFault.Unreachable)
        {
            return $"{path}: {fault.Message.TrimEnd('.')}{(fault.InnerException is IOException cause ? $": {cause.Message}" : "")}";
        }
        catch (FeedbackUnavailableException)
        {
            // Locked, damaged or full: the server serves without it, and says so to whoever asks for it.
            return null;
        }
    }

    /// <summary>Does several things in one transaction: all are on the disk, or none is.</summary>
    /// <exception cref="FeedbackUnavailableException">None is.</exception>
    public T Together<T>(Func<T> actions) => FeedbackUnavailableException.Translate(() =>
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        T result = actions();
        transaction.Commit();
        return result;
    });

    /// <summary>Adds an answer. Within <see cref="Together{T}"/>.</summary>
    public void Add(CompletionRecord completion)
    {
        ArgumentNullException.ThrowIfNull(completion);
        Run(
            "INSERT INTO completions (id, tenant, model, settings, created, messages, choices) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            completion.Id,
            completion.Tenant,
            completion.Model,
            completion.Settings,
            completion.Created.ToUnixTimeMilliseconds(),
            StoredJson.Write(completion.Messages),
            StoredJson.Write(completion.Choices));
    }

    /// <summary>Adds what somebody says of an answer, if it is there and theirs, and fits it. Within <see cref="Together{T}"/>.</summary>
    public FeedbackOutcome Add(FeedbackRecord feedback)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        if (Find(feedback) is not var (number, choices, said))
        {
            return new FeedbackOutcome(IsKnown: false, []);
        }

        FeedbackProblem[] problems = said < MaxFeedback
            ? [.. feedback.Problems(choices)]
            : [new FeedbackProblem("completion_id", $"has been judged {said} times, which is the most")];
        if (problems.Length == 0)
        {
            Run(
                "INSERT INTO feedback (completion, created, choice, good, ranking, correction) VALUES ($1, $2, $3, $4, $5, $6)",
                number,
                feedback.Created.ToUnixTimeMilliseconds(),
                feedback.Index,
                feedback.IsGood,
                feedback.Ranking is { } ranking ? StoredJson.Write(ranking) : null,
                feedback.Correction);
        }

        return new FeedbackOutcome(IsKnown: true, problems);
    }

    /// <summary>Deletes what is too old or too much.</summary>
    /// <returns>How many answers.</returns>
    /// <exception cref="FeedbackUnavailableException">It cannot be done now.</exception>
    public int Trim(FeedbackLimits limits, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(limits);
        int deleted = Together(() => DeleteOld(limits, now) + DeleteFirst(Number(CountCompletions) - limits.MaxCompletions));
        return deleted + DeleteToFit(limits.MaxBytes);
    }

    /// <summary>Deletes all answers to one tenant, with what was said of them, and overwrites what they were written over.</summary>
    /// <returns>How many answers.</returns>
    /// <exception cref="FeedbackUnavailableException">It cannot be done now; nothing is deleted.</exception>
    public int DeleteTenant(string tenant)
    {
        int deleted = Together(() => Run("DELETE FROM completions WHERE tenant = $1", tenant));

        // The log still has the rows as they were written.
        FeedbackUnavailableException.Translate(() => Number("PRAGMA wal_checkpoint(TRUNCATE)"));
        return deleted;
    }

    /// <summary>
    /// Every judged answer of a selection, the oldest first, read as it is asked for; what is added meanwhile is not among them.
    /// </summary>
    /// <exception cref="FeedbackUnavailableException">It cannot be read.</exception>
    public IEnumerable<JudgedCompletion> ReadJudged(FeedbackSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        using SqliteCommand command = selection.Command(_connection);
        using SqliteDataReader reader = FeedbackUnavailableException.Translate(command.ExecuteReader);
        long number = 0;
        JudgedCompletion? judged = null;
        List<FeedbackRecord> feedback = [];
        while (FeedbackUnavailableException.Translate(reader.Read))
        {
            if (judged is not null && reader.GetInt64(0) != number)
            {
                yield return judged;
                judged = null;
            }

            number = reader.GetInt64(0);
            CompletionRecord completion = judged?.Completion ?? FeedbackUnavailableException.Translate(() => StoredRow.Completion(reader));
            feedback = judged is null ? [] : feedback;
            feedback.Add(FeedbackUnavailableException.Translate(() => StoredRow.Feedback(reader, completion)));
            judged = new JudgedCompletion(completion, feedback);
        }

        if (judged is not null)
        {
            yield return judged;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static FeedbackDatabase Connect(string path, SqliteOpenMode mode, Action<SqliteConnection> prepare)
    {
        var database = new FeedbackDatabase(path, mode);
        try
        {
            return FeedbackUnavailableException.Translate(() =>
            {
                database._connection.Open();
                FeedbackSchema.Run(database._connection, Settings);
                prepare(database._connection);
                return database;
            });
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Conversations are nobody else's business: SQLite gives its other files the permissions of this one.</summary>
    private static bool CreateFile(string path)
    {
        if (File.Exists(path))
        {
            return false;
        }

        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        new FileStream(path, options).Dispose();
        return true;
    }

    private (long Number, string[] Choices, long Said)? Find(FeedbackRecord feedback)
    {
        using SqliteCommand command = Command(
            """
            SELECT number, choices, (SELECT count(*) FROM feedback WHERE completion = completions.number)
            FROM completions WHERE id = $1 AND tenant = $2
            """,
            feedback.CompletionId,
            feedback.Tenant);
        using SqliteDataReader reader = command.ExecuteReader();
        return reader.Read()
            ? (reader.GetInt64(0), StoredJson.Read<string[]>(reader.GetString(1)), reader.GetInt64(2))
            : null;
    }

    private int DeleteOld(FeedbackLimits limits, DateTimeOffset now)
        => Run("DELETE FROM completions WHERE created < $1", (now - limits.Retention).ToUnixTimeMilliseconds())
            + Run(
                "DELETE FROM completions WHERE created < $1 AND number NOT IN (SELECT completion FROM feedback)",
                (now - limits.Window).ToUnixTimeMilliseconds());

    /// <summary>So many of those that go first.</summary>
    private int DeleteFirst(long count) => count <= 0 ? 0 : Run(
        """
        DELETE FROM completions WHERE number IN (
            SELECT c.number FROM completions c
            ORDER BY EXISTS (SELECT 1 FROM feedback f WHERE f.completion = c.number), c.number LIMIT $1)
        """,
        count);

    /// <summary>
    /// A tenth at a time, each in a transaction of its own: from nine tenths of the room, so that the file seldom meets its bound.
    /// </summary>
    private int DeleteToFit(long maxBytes)
    {
        int deleted = 0;
        for (int last = 1; last > 0 && UsedBytes > maxBytes / 10 * 9; deleted += last)
        {
            last = Together(() => DeleteFirst((Number(CountCompletions) + 9) / 10));
        }

        return deleted;
    }

    private long Number(string sql) => FeedbackSchema.Number(_connection, sql);

    private int Run(string sql, params object?[] values)
    {
        using SqliteCommand command = Command(sql, values);
        return command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql, params object?[] values)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue($"${i + 1}", values[i] ?? DBNull.Value);
        }

        return command;
    }
}
