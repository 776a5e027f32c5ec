using System.Diagnostics;
using Alignment.Training.Checkpoints;
using Alignment.Training.Data;
using Alignment.Training.Optimizers;

namespace Alignment.Training.Rewards.Trainers;

/// <summary>The loop that all reward trainers share: epochs of shuffled batches, learning rate, progress, checkpoints.</summary>
internal sealed class PairSchedule(RewardSettings settings, int pairs)
{
    /// <summary>Updates an epoch; a last batch that is not full is left out, unless it is the only one.</summary>
    private readonly int _perEpoch = Math.Max(1, pairs / settings.BatchSize);

    /// <summary>Updates in all.</summary>
    public int Steps => settings.Epochs * _perEpoch;

    /// <summary>
    /// From the optimizer's step on, calls <paramref name="update"/> with the indices of a batch and the learning rate; it returns the
    /// summed loss and the pairs ordered rightly (null where nothing is ordered), and takes one step of the optimizer.
    /// </summary>
    public void Run(
        AdamWOptimizer optimizer,
        Func<int[], double, (double Loss, double? Right)> update,
        Action<RewardProgress> progress,
        Action checkpoint,
        CancellationToken cancellation)
    {
        CosineSchedule rate = new(settings.LearningRate, Math.Max(1, Steps / 10), Steps);
        int[] order = [.. Enumerable.Range(0, pairs)];
        int epoch = -1;
        (int first, long start) = (optimizer.Steps, Stopwatch.GetTimestamp());
        while (optimizer.Steps < Steps && !cancellation.IsCancellationRequested)
        {
            int step = optimizer.Steps;
            while (epoch < step / _perEpoch) // every epoch shuffles the order of the one before
            {
                SeededOrder.Shuffle<int>(order, settings.Seed + (ulong)++epoch);
            }

            int[] batch = order[(step % _perEpoch * settings.BatchSize)..Math.Min(pairs, ((step % _perEpoch) + 1) * settings.BatchSize)];
            (double loss, double? right) = update(batch, rate.Rate(step));
            int done = optimizer.Steps;
            DivergenceException.ThrowIfNotFinite(loss, "loss", done);
            TimeSpan remaining = Stopwatch.GetElapsedTime(start) / (done - first) * (Steps - done);
            progress(new RewardProgress(done, Steps, loss / batch.Length, right / batch.Length, remaining));
            if (done % settings.CheckpointEvery == 0 || done == Steps || cancellation.IsCancellationRequested)
            {
                checkpoint();
            }
        }

        StoppedRun.ThrowIfUnfinished(optimizer.Steps, Steps, cancellation);
    }
}
