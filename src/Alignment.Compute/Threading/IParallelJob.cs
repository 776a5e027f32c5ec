namespace Alignment.Compute.Threading;

/// <summary>
/// Work that a <see cref="ThreadTeam"/> divides among its workers. Implemented by structs, so that running one allocates nothing.
/// </summary>
public interface IParallelJob
{
    /// <summary>Does this worker's share. All workers call it at once.</summary>
    /// <param name="worker">Index of the caller, 0 to <paramref name="workers"/> - 1.</param>
    /// <param name="workers">Size of the team.</param>
    void Execute(int worker, int workers);
}
