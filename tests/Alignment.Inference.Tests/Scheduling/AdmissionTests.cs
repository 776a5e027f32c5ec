using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Inference.Guides;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>First come, first served.</summary>
public sealed class AdmissionTests : IAsyncDisposable
{
    private const int Sessions = 300;

    private static readonly NextTokenRule s_rule = new();
    private static readonly SessionOptions s_anyone = new();
    private static readonly TimeSpan s_late = TimeSpan.FromSeconds(60);

    private readonly TinyModel _model = new(new ReferenceBackend());

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Sessions_start_in_the_order_in_which_they_came(int atOnce)
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 64, MaxSessions = atOnce, QueueLength = Sessions });
        List<int> started = [];
        List<Task> requests = [];
        for (int i = 0; i < Sessions; i++)
        {
            // Now and then they come in crowds, else while others end.
            int index = i;
            requests.Add(engine.RunAsync(session => ShortAsync(session, index, started), s_anyone, CancellationToken.None));
            if (i % 50 == 0)
            {
                await requests[i / 2].WaitAsync(s_late);
            }
        }

        await Task.WhenAll(requests).WaitAsync(s_late);
        Assert.Equal(Enumerable.Range(0, Sessions), started);
    }

    [Fact]
    public async Task A_client_that_leaves_the_queue_makes_room_in_it()
    {
        using var gate = new Gate();
        Engine engine = _model.Start(new EngineOptions { Pages = 64, MaxSessions = 1, QueueLength = 1 });
        Task first = engine.RunAsync(session => session.CreateSequence([1], [new HeadGuide(gate, 1)]).NextAsync(s_rule), s_anyone, CancellationToken.None);
        gate.WaitUntilReached();
        using var connection = new CancellationTokenSource();
        List<int> started = [];
        Task leaving = engine.RunAsync(session => ShortAsync(session, 1, started), s_anyone, connection.Token);
        await Assert.ThrowsAsync<EngineOverloadedException>(() => engine.RunAsync(session => ShortAsync(session, 2, started), s_anyone, CancellationToken.None));
        await connection.CancelAsync();
        gate.Open();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving.WaitAsync(s_late));
        await engine.RunAsync(session => ShortAsync(session, 3, started), s_anyone, CancellationToken.None).WaitAsync(s_late);
        await first;
        Assert.Equal([3], started);
        Assert.Equal((1, 1, 2), (engine.Statistics.Refused, engine.Statistics.Cancelled, engine.Statistics.Completed));
    }

    /// <summary>Some end at once, the others after a token or two.</summary>
    private static async ValueTask<int> ShortAsync(Session session, int index, List<int> started)
    {
        started.Add(index);
        for (int i = 0; i < index % 3; i++)
        {
            await session.CreateSequence(TinyModel.Prompt(index, 5), []).NextAsync(s_rule);
        }

        return index;
    }
}
