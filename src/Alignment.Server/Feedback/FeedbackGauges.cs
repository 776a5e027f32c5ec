using System.Diagnostics.Metrics;
using Alignment.Feedback;
using Alignment.Server.Metrics;

namespace Alignment.Server.Feedback;

/// <summary>What the feedback database has taken, read when somebody asks for metrics; nothing where there is none.</summary>
internal sealed class FeedbackGauges
{
    public FeedbackGauges(IMeterFactory meters, FeedbackService service)
    {
        if (service.Store is not { } store)
        {
            return;
        }

        Meter meter = meters.Create(ServerMetrics.Meter);
        meter.CreateObservableGauge(
            "alignment_feedback_bytes", () => store.Statistics.Bytes, description: "Bytes that the feedback database takes.");
        Counter("alignment_feedback_total", "Feedback stored.", s => s.Judged);
        Counter("alignment_feedback_completions_total", "Answers remembered, so that they can be judged.", s => s.Remembered);
        Counter("alignment_feedback_deleted_total", "Answers deleted because they were too old or too many.", s => s.Deleted);
        meter.CreateObservableCounter(
            "alignment_feedback_dropped_total", () => Dropped(store.Statistics), description: "Answers not remembered, by reason.");

        void Counter(string name, string description, Func<FeedbackStatistics, long> read)
            => meter.CreateObservableCounter(name, () => read(store.Statistics), description: description);
    }

    private static Measurement<long>[] Dropped(FeedbackStatistics statistics) =>
    [
        new(statistics.TooLong, new KeyValuePair<string, object?>("reason", "too_long")),
        new(statistics.Crowded, new KeyValuePair<string, object?>("reason", "queue_full")),
        new(statistics.Lost, new KeyValuePair<string, object?>("reason", "database")),
    ];
}
