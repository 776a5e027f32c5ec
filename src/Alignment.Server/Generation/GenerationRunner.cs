using System.Runtime.CompilerServices;
using Alignment.Decoding;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Hosting;
using Alignment.Server.Metrics;

namespace Alignment.Server.Generation;

/// <summary>Prepares all requests of a body, then runs them, measuring on the way.</summary>
internal sealed class GenerationRunner(ServerMetrics metrics, TimeProvider time)
{
    /// <summary>The events of one request, or of several merged.</summary>
    /// <exception cref="InvalidRequestException">There are problems, those given or others.</exception>
    public IAsyncEnumerable<GenerationEvent> Run(
        ServedModel model, IReadOnlyList<GenerationRequest> requests, ProblemCollection problems, CancellationToken cancellation)
    {
        PreparedRequest?[] prepared = [.. requests.Select(request => Prepare(request with { Shadowed = Report }))];
        InvalidRequestException.ThrowIfAny(problems);
        CheckTogether(prepared, model, problems);
        InvalidRequestException.ThrowIfAny(problems);
        IAsyncEnumerable<GenerationEvent> events = prepared.Length == 1
            ? model.Generator.GenerateAsync(prepared[0]!, cancellation)
            : MergedGeneration.RunAsync(model.Generator, prepared!, cancellation);
        metrics.CountGeneration(model.Id, model.Binder.Methods.NameOf(requests[0].Alignment.Search), requests.Count);
        return MeasureAsync(events, model.Id, cancellation);

        PreparedRequest? Prepare(GenerationRequest request) => model.Generator.Prepare(request, problems, cancellation);

        void Report(ShadowReport report) => metrics.RecordShadows(model.Id, report);
    }

    /// <summary>Each prompt of a body is within the limits; so must all of them be, or a body could ask for many times as much.</summary>
    private static void CheckTogether(PreparedRequest?[] prepared, ServedModel model, ProblemCollection problems)
    {
        RequestCost cost = prepared.Aggregate(new RequestCost(), (sum, request) => sum + request!.Cost);
        long most = model.Binder.Limits.MaxForwardTokens;
        if (cost.ForwardTokens > most)
        {
            string message = $"{prepared.Length} prompts may cost {cost.ForwardTokens} forward tokens together, at most {most} are allowed";
            problems.Add(new RequestProblem("prompt", message));
        }

        NumberRange listed = RequestRanges.ListedLogProbabilities;
        if (!listed.Contains(cost.ListedLogProbabilities))
        {
            string message =
                $"{prepared.Length} prompts would list {cost.ListedLogProbabilities} log-probabilities of their tokens together, "
                + $"at most {listed.Maximum} are allowed";
            problems.Add(new RequestProblem("prompt", message));
        }
    }

    private async IAsyncEnumerable<GenerationEvent> MeasureAsync(
        IAsyncEnumerable<GenerationEvent> events, string model, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long start = time.GetTimestamp();
        long? last = null;
        await foreach (GenerationEvent item in events.WithCancellation(cancellation))
        {
            if (item is TextEvent)
            {
                metrics.RecordToken(model, first: last is null, time.GetElapsedTime(last ?? start));
                last = time.GetTimestamp();
            }
            else if (item is UsageEvent usage)
            {
                metrics.RecordUsage(model, usage);
            }

            yield return item;
        }

        metrics.RecordEnd(model, time.GetElapsedTime(start));
    }
}
