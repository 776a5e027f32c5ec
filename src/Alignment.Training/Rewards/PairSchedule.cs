using System.Diagnostics;
using Alignment.Training.Data;
using Alignment.Training.Optimizers;

namespace Alignment.Training.Rewards;

/// <summary>The loop that all reward trainers share: epochs of shuffled batches, learning rate, progress.</summary>
internal sealed class PairSchedule(RewardSettings settings, int pairs)
{
    /// <summary>Updates in all; a last batch that is not full is left out, unless it is the only one.</summary>
    public int Steps { get; } = settings.Epochs * Math.Max(1, pairs / settings.BatchSize);

    /// <summary>Calls <paramref name="update"/> with the indices of a batch and the learning rate; it returns the summed loss and the pairs ordered rightly.</summary>
    public void Run(Func<int[], double, (double Loss, int Right)> update, Action<RewardProgress> progress, CancellationToken cancellation)
    {
        CosineSchedule rate = new(settings.LearningRate, Math.Max(1, Steps / 10), Steps);
        int[] order = [.. Enumerable.Range(0, pairs)];
        int perEpoch = Steps / settings.Epochs;
        long start = Stopwatch.GetTimestamp();
        for (int step = 0; step < Steps && !cancellation.IsCancellationRequested; step++)
        {
            if (step % perEpoch == 0)
            {
                SeededOrder.Shuffle<int>(order, settings.Seed + (ulong)(step / perEpoch));
            }

            int[] batch = [.. order.Skip(step % perEpoch * settings.BatchSize).Take(settings.BatchSize)];
            (double loss, int right) = update(batch, rate.Rate(step));
            TimeSpan remaining = Stopwatch.GetElapsedTime(start) / (step + 1) * (Steps - step - 1);
            progress(new RewardProgress(step + 1, Steps, loss / batch.Length, (double)right / batch.Length, remaining));
        }
    }
}
