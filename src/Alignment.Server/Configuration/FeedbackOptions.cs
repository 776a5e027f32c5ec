using System.ComponentModel.DataAnnotations;

namespace Alignment.Server.Configuration;

/// <summary>The section <c>Server:Feedback</c>: whether answers are remembered so that clients can judge them, and how long.</summary>
internal sealed record FeedbackOptions
{
    private const string Minute = "00:01:00";
    private const string TenYears = "3650.00:00:00";

    /// <summary>The file of the database; empty: nothing is remembered.</summary>
    public string Database { get; init; } = "";

    /// <summary>How long an answer can be judged; those that nobody judged are deleted then.</summary>
    [Range(typeof(TimeSpan), Minute, TenYears)]
    public TimeSpan Window { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long judged answers are kept.</summary>
    [Range(typeof(TimeSpan), Minute, TenYears)]
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Most answers.</summary>
    [Range(1, 100_000_000)]
    public int MaxCompletions { get; init; } = 100_000;

    /// <summary>Most bytes of the file.</summary>
    [Range(typeof(long), "1048576", "1099511627776")]
    public long MaxBytes { get; init; } = 1 << 30;
}
