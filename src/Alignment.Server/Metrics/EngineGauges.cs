using System.Diagnostics.Metrics;
using Alignment.Hosting;
using Alignment.Inference;

namespace Alignment.Server.Metrics;

/// <summary>
/// The engines' counters and gauges, read when somebody asks for metrics. A model and its profiles share an engine and are counted once.
/// </summary>
internal sealed class EngineGauges
{
    public EngineGauges(IMeterFactory meters, ModelCatalog catalog)
    {
        Meter meter = meters.Create(ServerMetrics.Meter);
        ServedModel[] models = [.. catalog.Models.DistinctBy(m => m.Generator)];
        Gauge("alignment_healthy", "1 while the engine's loop is alive.", m => m.Generator.Healthy ? 1 : 0);
        Gauge("alignment_requests_running", "Requests that run.", Of(s => s.Running));
        Gauge("alignment_requests_waiting", "Requests that wait in the queue.", Of(s => s.Queued));
        Gauge("alignment_sequences_waiting", "Sequences that wait for the next pass: its batch.", Of(s => s.WaitingSequences));
        Gauge("alignment_kv_pages", "Pages in all.", Of(s => s.Pages));
        Gauge("alignment_kv_pages_used", "Pages that requests hold.", Of(s => s.Pages - s.FreePages - s.CachedPages));
        Gauge("alignment_kv_pages_free", "Pages that nobody uses.", Of(s => s.FreePages));
        Gauge("alignment_kv_pages_cached", "Pages that only the prefix cache holds.", Of(s => s.CachedPages));
        Counter("alignment_passes_total", "Forward passes.", Of(s => s.Passes));
        Counter("alignment_passes_given_up_total", "Passes of prompts that stopped for a request that came.", Of(s => s.PassesGivenUp));
        Counter("alignment_forward_tokens_total", "Rows sent through the model.", Of(s => s.ForwardTokens));
        Counter("alignment_recomputed_tokens_total", "Of these, rows whose pages had been lost.", Of(s => s.RecomputedTokens));
        Counter("alignment_chosen_tokens_total", "Tokens chosen.", Of(s => s.ChosenTokens));
        Counter("alignment_prefix_hit_tokens_total", "Tokens that the prefix cache saved.", Of(s => s.ReusedTokens));
        Counter("alignment_preemptions_total", "Sequences that lost their pages to others that come first.", Of(s => s.Preemptions));
        Counter("alignment_requests_completed_total", "Requests that ran to their end.", Of(s => s.Completed));
        Counter("alignment_requests_failed_total", "Requests that began to run and ended with an error.", Of(s => s.Failed));
        Counter("alignment_requests_cancelled_total", "Requests that were cancelled.", Of(s => s.Cancelled));
        Counter("alignment_requests_refused_total", "Requests refused because the queue was full.", Of(s => s.Refused));

        void Gauge(string name, string description, Func<ServedModel, long> read)
            => meter.CreateObservableGauge(name, () => Measure(read), description: description);

        void Counter(string name, string description, Func<ServedModel, long> read)
            => meter.CreateObservableCounter(name, () => Measure(read), description: description);

        IEnumerable<Measurement<long>> Measure(Func<ServedModel, long> read)
            => models.Select(m => new Measurement<long>(read(m), new KeyValuePair<string, object?>("model", m.Id)));
    }

    private static Func<ServedModel, long> Of(Func<EngineStatistics, long> read) => model => read(model.Generator.Statistics);
}
