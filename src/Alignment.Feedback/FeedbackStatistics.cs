namespace Alignment.Feedback;

/// <summary>What a store has done since it was started.</summary>
/// <param name="Remembered">Answers written.</param>
/// <param name="TooLong">Answers that were not remembered because they are too long.</param>
/// <param name="Crowded">Answers that were not remembered because too many waited.</param>
/// <param name="Lost">Answers that were not remembered because the database did not take them.</param>
/// <param name="Judged">Feedback written.</param>
/// <param name="Deleted">Answers that were deleted because they were too old or too many.</param>
/// <param name="Bytes">Bytes that the content of the database takes.</param>
public readonly record struct FeedbackStatistics(
    long Remembered, long TooLong, long Crowded, long Lost, long Judged, long Deleted, long Bytes);

/// <summary>Counts them, from any thread.</summary>
internal sealed class FeedbackCounters
{
    private long _remembered;
    private long _tooLong;
    private long _crowded;
    private long _lost;
    private long _judged;
    private long _deleted;
    private long _bytes;

    public long Bytes
    {
        get => Volatile.Read(ref _bytes);
        set => Volatile.Write(ref _bytes, value);
    }

    public void CountTooLong() => Interlocked.Increment(ref _tooLong);

    public void CountCrowded() => Interlocked.Increment(ref _crowded);

    public void CountLost(int answers) => Interlocked.Add(ref _lost, answers);

    public void CountDeleted(int answers) => Interlocked.Add(ref _deleted, answers);

    public void CountWritten(int answers, int feedback)
    {
        Interlocked.Add(ref _remembered, answers);
        Interlocked.Add(ref _judged, feedback);
    }

    public FeedbackStatistics Read() => new(
        Volatile.Read(ref _remembered),
        Volatile.Read(ref _tooLong),
        Volatile.Read(ref _crowded),
        Volatile.Read(ref _lost),
        Volatile.Read(ref _judged),
        Volatile.Read(ref _deleted),
        Bytes);
}
