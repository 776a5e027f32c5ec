using System.Diagnostics.Metrics;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;

namespace Alignment.Server.Metrics;

/// <summary>What the server counts. Engines' own numbers are in <see cref="EngineGauges"/>.</summary>
internal sealed class ServerMetrics
{
    public const string Meter = "Alignment.Server";

    // From one step of a small model to a long best-of-n.
    private static readonly InstrumentAdvice<double> s_seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
    };

    // Rewards have no unit of their own; margins of trained ones are mostly within a few.
    private static readonly InstrumentAdvice<double> s_rewards = new()
    {
        HistogramBucketBoundaries = [-8, -4, -2, -1, -0.5, 0, 0.5, 1, 2, 4, 8],
    };

    private readonly Counter<long> _requests;
    private readonly Counter<long> _slowReaders;
    private readonly Counter<long> _generations;
    private readonly Counter<long> _promptTokens;
    private readonly Counter<long> _generationTokens;
    private readonly Counter<long> _cachedTokens;
    private readonly Histogram<double> _timeToFirstToken;
    private readonly Histogram<double> _interTokenTime;
    private readonly Histogram<double> _endToEnd;
    private readonly Histogram<double> _shadowReward;
    private readonly Counter<long> _shadowChoices;
    private readonly Counter<long> _shadowSkipped;
    private readonly Counter<long> _shadowTokens;

    public ServerMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(Meter);
        _requests = meter.CreateCounter<long>("alignment_http_requests_total", description: "Requests by endpoint and status.");
        _slowReaders = meter.CreateCounter<long>(
            "alignment_slow_readers_total", description: "Streams ended because their clients did not read them.");
        _generations = meter.CreateCounter<long>("alignment_generations_total", description: "Generations begun, by model and method.");
        _promptTokens = meter.CreateCounter<long>("alignment_prompt_tokens_total", description: "Prompt tokens of finished generations.");
        _generationTokens = meter.CreateCounter<long>(
            "alignment_generation_tokens_total", description: "Generated tokens of finished generations, all candidates.");
        _cachedTokens = meter.CreateCounter<long>(
            "alignment_cached_prompt_tokens_total", description: "Prompt tokens that the prefix cache had.");
        _timeToFirstToken = meter.CreateHistogram(
            "alignment_time_to_first_token_seconds", null, "From validation to the first text.", null, s_seconds);
        _interTokenTime = meter.CreateHistogram(
            "alignment_inter_token_latency_seconds", null, "Between two texts of one request.", null, s_seconds);
        _endToEnd = meter.CreateHistogram("alignment_e2e_request_latency_seconds", null, "From validation to the end.", null, s_seconds);
        _shadowReward = meter.CreateHistogram(
            "alignment_shadow_reward", null, "What a shadow says of responses, by model or profile and reward.", null, s_rewards);
        _shadowChoices = meter.CreateCounter<long>(
            "alignment_shadow_choices_total",
            description: "Searches by rewards, by whether a shadow likes the same candidate best as those that acted.");
        _shadowSkipped = meter.CreateCounter<long>(
            "alignment_shadow_skipped_total", description: "Requests whose responses no shadow scored, by reason.");
        _shadowTokens = meter.CreateCounter<long>(
            "alignment_shadow_forward_tokens_total", description: "Rows through the model that scoring by shadows cost.");
    }

    public void CountRequest(string endpoint, int status) => _requests.Add(1, new("endpoint", endpoint), new("status", status));

    public void CountSlowReader() => _slowReaders.Add(1);

    public void CountGeneration(string model, string method, int requests) =>
        _generations.Add(requests, new("model", model), new("method", method));

    public void RecordToken(string model, bool first, TimeSpan elapsed)
        => (first ? _timeToFirstToken : _interTokenTime).Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("model", model));

    public void RecordUsage(string model, UsageEvent usage)
    {
        var tag = new KeyValuePair<string, object?>("model", model);
        _promptTokens.Add(usage.PromptTokens, tag);
        _generationTokens.Add(usage.CompletionTokens, tag);
        _cachedTokens.Add(usage.CachedTokens, tag);
    }

    public void RecordShadows(string model, ShadowReport report)
    {
        var tag = new KeyValuePair<string, object?>("model", model);
        if (report.Skipped is { } reason)
        {
            _shadowSkipped.Add(1, tag, new("reason", reason));
            return;
        }

        _shadowTokens.Add(report.ForwardTokens, tag);
        foreach (ShadowScore score in report.Scores)
        {
            var reward = new KeyValuePair<string, object?>("reward", score.Reward);
            foreach (double value in score.Values)
            {
                _shadowReward.Record(value, tag, reward);
            }

            if (score.SameBest is { } same)
            {
                _shadowChoices.Add(1, tag, reward, new("same", same ? "true" : "false"));
            }
        }
    }

    public void RecordEnd(string model, TimeSpan elapsed) =>
        _endToEnd.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("model", model));
}
