using System.Threading.Channels;
using Alignment.Feedback.Records;
using Alignment.Feedback.Storage;

namespace Alignment.Feedback;

/// <summary>
/// A feedback database behind a queue: one writer takes what has come, writes it in one transaction, and then says so to whoever awaits it.
/// Nobody who only has an answer remembered waits for it, and feedback on an answer comes behind the answer. Safe for concurrent use; on
/// disposal what is in the queue is still written.
/// </summary>
public sealed class FeedbackStore : IAsyncDisposable
{
    /// <summary>Most characters of an answer with its conversation; longer ones are not remembered.</summary>
    public const int MaxLength = 1 << 20;

    private const int MaxQueued = 1024;
    private const int MaxBatch = 256;

    // Characters of the answers that wait.
    private const long MaxQueuedLength = 1 << 24;

    private static readonly TimeSpan s_trimEvery = TimeSpan.FromMinutes(1);

    private readonly string _path;
    private readonly FeedbackLimits _limits;
    private readonly TimeProvider _time;
    private readonly Action<FeedbackUnavailableException> _tell;
    private readonly Channel<Entry> _queue = Channel.CreateBounded<Entry>(new BoundedChannelOptions(MaxQueued) { SingleReader = true });
    private readonly FeedbackCounters _counters = new();
    private readonly Task _writer;
    private FeedbackDatabase? _database;
    private long? _trimmed;
    private long _queuedLength;

    /// <summary>Starts the writer.</summary>
    /// <param name="path">The database; it is made where there is none.</param>
    /// <param name="limits">What stays in it.</param>
    /// <param name="time">Tells what is old.</param>
    /// <param name="tell">Hears of every batch that could not be written and every answer that found no room, on whatever thread.</param>
    public FeedbackStore(string path, FeedbackLimits limits, TimeProvider time, Action<FeedbackUnavailableException> tell)
    {
        (_path, _limits, _time, _tell) = (path, limits, time, tell);
        _writer = Task.Run(WriteAllAsync);
    }

    /// <summary>What it has done so far.</summary>
    public FeedbackStatistics Statistics => _counters.Read();

    /// <summary>Has an answer written soon; never waits. What finds no room is counted and not remembered.</summary>
    public void Remember(CompletionRecord completion)
    {
        ArgumentNullException.ThrowIfNull(completion);
        long length = completion.Length;
        if (length > MaxLength)
        {
            _counters.CountTooLong();
        }
        else if (Volatile.Read(ref _queuedLength) + length > MaxQueuedLength || !_queue.Writer.TryWrite(new Entry(completion)))
        {
            _counters.CountCrowded();
            _tell(new FeedbackUnavailableException(FeedbackFault.Busy));
        }
        else
        {
            Interlocked.Add(ref _queuedLength, length);
        }
    }

    /// <summary>Writes feedback; when the task is done it is on the disk.</summary>
    /// <exception cref="FeedbackUnavailableException">
    /// The database does not take it, or too much waits for it (thrown by the task).
    /// </exception>
    public Task<FeedbackOutcome> AddAsync(FeedbackRecord feedback)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        var entry = new Entry(feedback);
        return _queue.Writer.TryWrite(entry)
            ? entry.Written.Task
            : Task.FromException<FeedbackOutcome>(new FeedbackUnavailableException(FeedbackFault.Busy));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writer;
        _database?.Dispose();
    }

    private async Task WriteAllAsync()
    {
        Task<bool> arrival = _queue.Reader.WaitToReadAsync().AsTask();
        while (true)
        {
            TrimIfDue();
            await ((Task)arrival).WaitAsync(s_trimEvery, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (arrival.IsCompleted)
            {
                if (!await arrival)
                {
                    return;
                }

                Write(Take());
                arrival = _queue.Reader.WaitToReadAsync().AsTask();
            }
        }
    }

    private List<Entry> Take()
    {
        List<Entry> batch = [];
        while (batch.Count < MaxBatch && _queue.Reader.TryRead(out Entry? entry))
        {
            Interlocked.Add(ref _queuedLength, -(entry.Completion?.Length ?? 0));
            batch.Add(entry);
        }

        return batch;
    }

    /// <summary>All of it in one transaction; who waits hears of it afterwards.</summary>
    private void Write(List<Entry> batch)
    {
        int answers = batch.Count(entry => entry.Completion is not null);
        try
        {
            List<FeedbackOutcome?> outcomes = Do(database => database.Together(() => batch.ConvertAll(entry => Add(entry, database))));
            _counters.CountWritten(answers, outcomes.Count(outcome => outcome is { IsKnown: true, Problems: [] }));
            for (int i = 0; i < outcomes.Count; i++)
            {
                batch[i].Written.TrySetResult(outcomes[i]!);
            }
        }
        catch (FeedbackUnavailableException fault)
        {
            _counters.CountLost(answers);
            batch.ForEach(entry => entry.Written.TrySetException(fault));
        }
    }

    private static FeedbackOutcome? Add(Entry entry, FeedbackDatabase database)
    {
        if (entry.Completion is not { } completion)
        {
            return database.Add(entry.Feedback!);
        }

        database.Add(completion);
        return null;
    }

    private void TrimIfDue()
    {
        if (_trimmed is { } last && _time.GetElapsedTime(last) < s_trimEvery && _counters.Bytes < _limits.MaxBytes / 10 * 9)
        {
            return;
        }

        _trimmed = _time.GetTimestamp();
        try
        {
            _counters.CountDeleted(Do(database => database.Trim(_limits, _time.GetUtcNow())));
        }
        catch (FeedbackUnavailableException)
        {
            // Told by Do; old rows stay a minute longer.
        }
    }

    /// <summary>Opens the database where it is not open, or no longer the file that is there; after a fault it is opened again.</summary>
    private T Do<T>(Func<FeedbackDatabase, T> action)
    {
        try
        {
            if (_database is not null && !File.Exists(_path))
            {
                Close();
            }

            _database ??= FeedbackDatabase.Open(_path, _limits.MaxBytes);
            T result = action(_database);
            _counters.Bytes = _database.UsedBytes;
            return result;
        }
        catch (FeedbackUnavailableException fault)
        {
            Close();
            _tell(fault);
            throw;
        }
    }

    private void Close()
    {
        _database?.Dispose();
        _database = null;
    }

    /// <summary>One of both.</summary>
    private sealed class Entry
    {
        public Entry(CompletionRecord completion) => Completion = completion;

        public Entry(FeedbackRecord feedback) => Feedback = feedback;

        public CompletionRecord? Completion { get; }

        public FeedbackRecord? Feedback { get; }

        /// <summary>Done when it is on the disk.</summary>
        public TaskCompletionSource<FeedbackOutcome> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
