using Microsoft.Data.Sqlite;

namespace Alignment.Feedback.Storage;

/// <summary>Why a database does not do what it is asked.</summary>
public enum FeedbackFault
{
    /// <summary>Too much waits to be written.</summary>
    Busy,

    /// <summary>Another process holds it.</summary>
    Locked,

    /// <summary>What is stored cannot be read.</summary>
    Damaged,

    /// <summary>The disk, or the room that the database may take, is full.</summary>
    Full,

    /// <summary>The file is something else, or of another version.</summary>
    Foreign,

    /// <summary>The file cannot be opened, read or written.</summary>
    Unreachable,
}

/// <summary>The database does not do what it is asked; decoding does not depend on it.</summary>
/// <param name="fault">Why.</param>
/// <param name="cause">What SQLite or the system said.</param>
public sealed class FeedbackUnavailableException(FeedbackFault fault, Exception? cause = null)
    : Exception($"The feedback database {Words(fault)}.", cause)
{
    private const int Full = 13;

    /// <summary>Why.</summary>
    public FeedbackFault Fault { get; } = fault;

    /// <summary>Does something with a database, and says in our words why it cannot.</summary>
    /// <exception cref="FeedbackUnavailableException">It cannot.</exception>
    internal static T Translate<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException fault)
        {
            throw new FeedbackUnavailableException(Of(fault.SqliteErrorCode), fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new FeedbackUnavailableException(FeedbackFault.Unreachable, fault);
        }
        catch (Exception fault) when (fault is not FeedbackUnavailableException)
        {
            // Columns that are not what was written into them: no JSON, no time, nothing at all.
            throw new FeedbackUnavailableException(FeedbackFault.Damaged, fault);
        }
    }

    /// <summary>SQLite's result codes (sqlite.org/rescode.html).</summary>
    private static FeedbackFault Of(int code) => code switch
    {
        5 or 6 => FeedbackFault.Locked,
        Full => FeedbackFault.Full,
        26 => FeedbackFault.Foreign,
        3 or 8 or 10 or 14 => FeedbackFault.Unreachable,
        _ => FeedbackFault.Damaged,
    };

    private static string Words(FeedbackFault fault) => fault switch
    {
        FeedbackFault.Busy => "takes no more at the moment",
        FeedbackFault.Locked => "is locked by another process",
        FeedbackFault.Damaged => "is damaged",
        FeedbackFault.Full => "is full, or its disk is",
        FeedbackFault.Foreign => "is another kind of file, or of another version",
        _ => "cannot be opened, read or written",
    };
}
