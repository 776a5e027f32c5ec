using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Alignment.Compute.Threading;

/// <summary>
/// A fixed team of threads that run one job together and wait for each other. A decode step has hundreds of such
/// moments, so waiting spins first (a hand-over costs well under a microsecond) and sleeps only when work stays away.
/// One caller at a time; the caller is worker 0.
/// </summary>
public sealed unsafe class ThreadTeam : IDisposable
{
    /// <summary>
    /// About 50 microseconds: longer than the gap between two kernels, shorter than anyone would notice on an idle server.
    /// </summary>
    private const int SpinsBeforeSleep = 2_000;

    /// <summary>Spins after which the slice is offered to other processes.</summary>
    private const int SpinsBeforeYield = 400;

    private readonly object _gate = new();
    private readonly Thread[] _threads;
    private delegate*<void*, int, int, void> _body;
    private void* _job;
    private ExceptionDispatchInfo? _fault;
    private volatile int _generation;
    private volatile int _running;
    private volatile bool _stopping;
    private volatile int _sleeping;

    /// <summary>Starts <paramref name="workers"/> - 1 threads; the thread that calls <see cref="Run"/> is the remaining one.</summary>
    public ThreadTeam(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        Workers = workers;
        _threads = new Thread[workers - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"compute-{worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Number of workers, the caller included.</summary>
    public int Workers { get; }

    /// <summary>Runs the job on every worker and returns when all have finished; the first exception of any worker is rethrown.</summary>
    public void Run<TJob>(TJob job)
        where TJob : struct, IParallelJob
    {
        if (Workers == 1)
        {
            job.Execute(0, 1);
            return;
        }

        // The job lives on this stack frame, which outlasts the workers: the pointer needs no pinning.
        _job = Unsafe.AsPointer(ref job);
        _body = &Invoke<TJob>;
        _running = _threads.Length;
        Interlocked.Increment(ref _generation);
        WakeSleepers();
        Guarded(_body, _job, 0);
        for (int spins = 0; _running != 0; spins++)
        {
            Pause(spins);
        }

        RethrowFault();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        Interlocked.Increment(ref _generation);
        WakeSleepers();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private static void Invoke<TJob>(void* job, int worker, int workers)
        where TJob : struct, IParallelJob
        => Unsafe.AsRef<TJob>(job).Execute(worker, workers);

    private void Work(int worker)
    {
        int seen = 0;
        while (true)
        {
            WaitForGeneration(seen);
            seen++;
            if (_stopping)
            {
                return;
            }

            Guarded(_body, _job, worker);
            Interlocked.Decrement(ref _running);
        }
    }

    private void WaitForGeneration(int seen)
    {
        for (int spins = 0; _generation == seen; spins++)
        {
            if (spins < SpinsBeforeSleep)
            {
                Pause(spins);
            }
            else
            {
                Sleep(seen);
            }
        }
    }

    /// <summary>
    /// Announces itself first and looks again under the lock: whoever posts a job either finds the sleeper or is seen by it.
    /// </summary>
    private void Sleep(int seen)
    {
        Interlocked.Increment(ref _sleeping);
        lock (_gate)
        {
            while (_generation == seen)
            {
                Monitor.Wait(_gate);
            }
        }

        Interlocked.Decrement(ref _sleeping);
    }

    private void WakeSleepers()
    {
        if (_sleeping > 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Guarded(delegate*<void*, int, int, void> body, void* job, int worker)
    {
        try
        {
            body(job, worker, Workers);
        }
#pragma warning disable CA1031 // A worker must reach the barrier whatever happened; Run rethrows.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _fault, ExceptionDispatchInfo.Capture(fault), null);
        }
    }

    private void RethrowFault()
    {
        ExceptionDispatchInfo? fault = _fault;
        _fault = null;
        fault?.Throw();
    }

    private static void Pause(int spins)
    {
        if (spins % SpinsBeforeYield == SpinsBeforeYield - 1)
        {
            Thread.Yield();
        }
        else
        {
            Thread.SpinWait(1);
        }
    }
}
