using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Alignment.Decoding;
using Alignment.Decoding.Binding;
using Alignment.Decoding.Policy;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Hosting;
using Alignment.Inference;

namespace Alignment.Server.Tests.Doubles;

/// <summary>Says what it is told, then fails as it is told: for what a real engine does only when it breaks.</summary>
internal sealed class ScriptedGenerator(
    IReadOnlyList<GenerationEvent> events, Exception? fault = null, bool healthy = true, bool hangs = false)
    : IGenerator
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When a generation has been ended in its own time, not left behind.</summary>
    public Task Ended => _ended.Task;

    public bool Healthy => healthy;

    public EngineStatistics Statistics { get; init; }

    /// <summary>What it was last asked for.</summary>
    public GenerationRequest? LastRequest { get; private set; }

    /// <summary>For each call: whether it could be told that its client left.</summary>
    public ConcurrentQueue<(string Call, bool HearsOfLeaving)> Calls { get; } = [];

    public IReadOnlyList<int> Encode(Prompt prompt, CancellationToken cancellation = default)
    {
        Calls.Enqueue((nameof(Encode), cancellation.CanBeCanceled));
        return [1, 2, 3];
    }

    public string Decode(IReadOnlyList<int> tokens) => "decoded";

    public PreparedRequest? Prepare(GenerationRequest request, ProblemCollection problems, CancellationToken cancellation = default)
    {
        Calls.Enqueue((nameof(Prepare), cancellation.CanBeCanceled));
        return new ScriptedRequest(request);
    }

    public async IAsyncEnumerable<GenerationEvent> GenerateAsync(
        PreparedRequest prepared, [EnumeratorCancellation] CancellationToken cancellation)
    {
        LastRequest = ((ScriptedRequest)prepared).Request;
        Calls.Enqueue((nameof(GenerateAsync), cancellation.CanBeCanceled));
        foreach (GenerationEvent item in events)
        {
            await Task.Yield();
            yield return item;
        }

        if (hangs)
        {
            await HangAsync(cancellation);
        }

        if (fault is not null)
        {
            throw fault;
        }
    }

    private async Task HangAsync(CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    private sealed record ScriptedRequest(GenerationRequest Request) : PreparedRequest(Request);

    /// <summary>It as the only model, under the name <c>scripted</c>.</summary>
    public ModelCatalog AsCatalog() => new(
    [
        new ServedModel
        {
            Id = "scripted",
            Folder = "nowhere",
            Device = "none",
            Cache = "none",
            Generator = this,
            Binder = new AlignmentBinder(AlignmentNames.None, AlignmentPolicy.Open, new GenerationLimits(), StandardMethods.Catalog),
            ContextLength = 128,
        },
    ]);
}
