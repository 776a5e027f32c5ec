using System.Runtime.CompilerServices;
using Alignment.Server.Answers;

namespace Alignment.Server.Tests.Answers;

public sealed class PatientEnumeratorTests
{
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(20);
    private bool _cleanedUp;

    [Fact]
    public async Task What_has_not_come_yet_is_asked_for_again_and_nothing_is_lost()
    {
        var gate = new TaskCompletionSource();
        await using var elements = new PatientEnumerator<int>(Elements(gate.Task), CancellationToken.None);
        Assert.True(await elements.TryMoveNextAsync(Timeout.InfiniteTimeSpan, TimeProvider.System));
        Assert.Equal(1, elements.Current);
        Assert.Null(await elements.TryMoveNextAsync(s_moment, TimeProvider.System));
        Assert.Null(await elements.TryMoveNextAsync(s_moment, TimeProvider.System));
        gate.SetResult();
        Assert.True(await elements.TryMoveNextAsync(Timeout.InfiniteTimeSpan, TimeProvider.System));
        Assert.Equal(2, elements.Current);
        Assert.False(await elements.TryMoveNextAsync(Timeout.InfiniteTimeSpan, TimeProvider.System));
    }

    [Fact]
    public async Task It_can_be_left_while_a_step_is_under_way()
    {
        var elements = new PatientEnumerator<int>(Elements(new TaskCompletionSource().Task), CancellationToken.None);
        await elements.TryMoveNextAsync(Timeout.InfiniteTimeSpan, TimeProvider.System);
        Assert.Null(await elements.TryMoveNextAsync(s_moment, TimeProvider.System));
        await elements.DisposeAsync();
        Assert.True(_cleanedUp);
    }

    [Fact]
    public async Task A_fault_of_a_step_is_thrown_once()
    {
        var elements = new PatientEnumerator<int>(Elements(Task.FromException(new InvalidDataException())), CancellationToken.None);
        await elements.TryMoveNextAsync(Timeout.InfiniteTimeSpan, TimeProvider.System);
        await Assert.ThrowsAsync<InvalidDataException>(() => elements.TryMoveNextAsync(Timeout.InfiniteTimeSpan, TimeProvider.System));
        await elements.DisposeAsync();
        Assert.True(_cleanedUp);
    }

    private async IAsyncEnumerable<int> Elements(Task gate, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        try
        {
            yield return 1;
            await gate.WaitAsync(cancellation);
            yield return 2;
        }
        finally
        {
            // A step that does not end in the moment in which it is cancelled.
            await Task.Delay(s_moment, CancellationToken.None);
            _cleanedUp = true;
        }
    }
}
