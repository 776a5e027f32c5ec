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
        PreparedRequest?[] prepared = [.. requests.Select(request => model.Generator.Prepare(request, problems, cancellation))];
        InvalidRequestException.ThrowIfAny(problems);
        IAsyncEnumerable<GenerationEvent> events = prepared.Length == 1
            ? model.Generator.GenerateAsync(prepared[0]!, cancellation)
            : MergedGeneration.RunAsync(model.Generator, prepared!, cancellation);
        metrics.CountGeneration(model.Id, model.Binder.Methods.NameOf(requests[0].Alignment.Search), requests.Count);
        return MeasureAsync(events, model.Id, cancellation);
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
