using System.Runtime.CompilerServices;
using Alignment.Compute.Contract.Training;
using Alignment.Compute.Threading;

namespace Alignment.Training.Optimizers;

/// <summary>
/// The gradient of a batch, bit for bit the same with any number of threads: items are dealt to a fixed number of lanes, each a sum of its
/// own, and the lanes are added up in their order. A thread that is free takes the next lane, so a slow one holds nobody up.
/// </summary>
public sealed unsafe class GradientLanes : IDisposable
{
    /// <summary>Lanes beyond the second must fit into this: a model of 7 M parameters has 16, one of 500 M has two.</summary>
    private const long MostBytes = 2L << 30;

    /// <summary>Floats of one sum at a time: they stay in the second-level cache.</summary>
    private const int Chunk = 1 << 14;

    private readonly ITrainingBackend _backend;
    private readonly TrainingBuffer[] _lanes;
    private int _used;

    /// <summary>Zeros.</summary>
    /// <param name="backend">Where they lie.</param>
    /// <param name="length">Parameters.</param>
    /// <param name="mostItems">Items of the largest batch.</param>
    public GradientLanes(ITrainingBackend backend, long length, int mostItems)
    {
        ArgumentNullException.ThrowIfNull(backend);
        _backend = backend;
        long affordable = Math.Max(2, MostBytes / (length * sizeof(float)));
        int count = (int)Math.Min(Math.Min(backend.Lanes, mostItems), affordable);
        _lanes = [.. Enumerable.Range(0, count).Select(_ => backend.Allocate(length))];
    }

    /// <summary>
    /// Calls <paramref name="add"/>(worker, item, gradients) for every item, which adds its gradient. A lane's items follow each other; a
    /// worker, of <see cref="ITrainingBackend.Workers"/>, does one thing at a time.
    /// </summary>
    public void Run(int items, Action<int, int, TrainingBuffer> add)
    {
        int lanes = Math.Min(items, _lanes.Length);
        _used = Math.Max(_used, lanes);
        _backend.Run(new LaneJob(this, lanes, items, add, new StrongBox<int>(-1)));
    }

    /// <summary>The sum since the last call, in the memory of the first lane; whoever consumes it clears it.</summary>
    public TrainingBuffer Sum()
    {
        _backend.Run(new SumJob(this, _used));
        _used = 0;
        return _lanes[0];
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_lanes, lane => lane.Dispose());

    private readonly struct LaneJob(
        GradientLanes owner, int lanes, int items, Action<int, int, TrainingBuffer> add, StrongBox<int> last) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            int lane;
            while ((lane = Interlocked.Increment(ref last.Value)) < lanes)
            {
                for (int item = lane; item < items; item += owner._lanes.Length)
                {
                    add(worker, item, owner._lanes[lane]);
                }
            }
        }
    }

    /// <summary>Each element is summed alone, so the division among threads changes nothing.</summary>
    private readonly struct SumJob(GradientLanes owner, int used) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            TrainingBuffer sum = owner._lanes[0];
            for (long start = (long)worker * Chunk; start < sum.Length; start += (long)workers * Chunk)
            {
                long length = Math.Min(Chunk, sum.Length - start);
                for (int lane = 1; lane < used; lane++)
                {
                    owner._backend.Accumulate(owner._lanes[lane].Pointer + start, length, sum.Pointer + start);
                    owner._backend.Clear(owner._lanes[lane].Pointer + start, length);
                }
            }
        }
    }
}
