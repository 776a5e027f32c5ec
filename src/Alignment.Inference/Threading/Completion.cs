using System.Threading.Tasks.Sources;

namespace Alignment.Inference.Threading;

/// <summary>
/// What a program awaits: one waiter at a time, resumed inline on the engine's thread, reused for every token. It ignores the scheduling
/// context on purpose: the thread that completes it is the thread that programs belong to.
/// </summary>
internal sealed class Completion<T> : IValueTaskSource<T>, IValueTaskSource
{
    private Action<object?>? _continuation;
    private object? _state;
    private T? _result;
    private Exception? _fault;
    private short _version;
    private int _thread;
    private bool _completed;

    /// <summary>Starts a new wait, of the thread that is here.</summary>
    public short Start()
    {
        (_continuation, _state, _fault, _completed, _thread) = (null, null, null, false, Environment.CurrentManagedThreadId);
        return ++_version;
    }

    public void SetResult(T result)
    {
        _result = result;
        Complete();
    }

    public void SetException(Exception fault)
    {
        _fault = fault;
        Complete();
    }

    public ValueTaskSourceStatus GetStatus(short token)
    {
        Check(token);
        return !_completed ? ValueTaskSourceStatus.Pending
            : _fault is null ? ValueTaskSourceStatus.Succeeded
            : _fault is OperationCanceledException ? ValueTaskSourceStatus.Canceled : ValueTaskSourceStatus.Faulted;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        Check(token);
        if (_completed)
        {
            continuation(state);
            return;
        }

        (_continuation, _state) = (continuation, state);
    }

    public T GetResult(short token)
    {
        Check(token);
        return _fault is null ? _result! : throw _fault;
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    private void Complete()
    {
        _completed = true;
        Action<object?>? continuation = _continuation;
        object? state = _state;
        (_continuation, _state) = (null, null);
        continuation?.Invoke(state);
    }

    private void Check(short token)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            throw new ForeignThreadException();
        }

        if (token != _version)
        {
            throw new InvalidOperationException("A sequence's answer was awaited twice, or two answers at once.");
        }
    }
}
