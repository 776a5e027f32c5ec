namespace Alignment.Server.Answers;

/// <summary>
/// An enumerator whose next element may be waited for in turns, and that may be left at any time. An async iterator must not be disposed
/// while a step is under way; here that step is cancelled and awaited first.
/// </summary>
internal sealed class PatientEnumerator<T> : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending;
    private readonly IAsyncEnumerator<T> _elements;
    private Task<bool>? _step;

    /// <param name="elements">Ends its steps soon when it is cancelled.</param>
    /// <param name="cancellation">Ends it.</param>
    public PatientEnumerator(IAsyncEnumerable<T> elements, CancellationToken cancellation)
    {
        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _elements = elements.GetAsyncEnumerator(_ending.Token);
    }

    /// <summary>The element that the last step reached.</summary>
    public T Current => _elements.Current;

    /// <summary>Whether there is a next element; null: not known yet after <paramref name="patience"/>, ask again.</summary>
    public async Task<bool?> TryMoveNextAsync(TimeSpan patience, TimeProvider time)
    {
        _step ??= _elements.MoveNextAsync().AsTask();
        await ((Task)_step).WaitAsync(patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_step.IsCompleted)
        {
            return null;
        }

        Task<bool> step = _step;
        _step = null;
        return await step;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await ((Task?)_step ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _elements.DisposeAsync();
        _ending.Dispose();
    }
}
