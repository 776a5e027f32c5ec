using Alignment.Compute.Threading;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards;

/// <summary>
/// The frozen model's own log-probability of a response, its end included, in the place of a reward: what a reward of the same model must
/// beat before it has learned anything.
/// </summary>
internal static class FrozenBaseline
{
    /// <summary>Margins of the sum, and of the mean a token.</summary>
    /// <param name="model">Nothing may have been merged into it.</param>
    /// <param name="examples">The pairs.</param>
    /// <param name="cancellation">Stops between two responses.</param>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    public static IReadOnlyList<HeldOutMargins> Measure(
        TrainableTransformer model, IReadOnlyList<RewardExample> examples, CancellationToken cancellation)
    {
        ResponseTokens[] responses = [.. examples.SelectMany(example => new[] { example.Chosen, example.Rejected })];
        double[] sums = new double[responses.Length];
        if (responses.Length > 0)
        {
            model.Backend.Run(new Job(model, responses, sums, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }

        return
        [
            new HeldOutMargins("frozen model, sum", Margins(i => sums[i])),
            new HeldOutMargins("frozen model, mean", Margins(i => sums[i] / responses[i].Count)),
        ];

        double[] Margins(Func<int, double> score) =>
            [.. Enumerable.Range(0, examples.Count).Select(i => score(2 * i) - score((2 * i) + 1))];
    }

    private readonly struct Job(
        TrainableTransformer model, ResponseTokens[] responses, double[] sums, CancellationToken cancellation) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            int longest = responses.Max(response => response.Tokens.Length);
            using TransformerWorker transformer = new(model, longest);
            using SequenceActivations activations = new(model, longest);
            float[] logProbabilities = new float[longest];
            for (int i = worker; i < responses.Length && !cancellation.IsCancellationRequested; i += workers)
            {
                ResponseTokens response = responses[i];
                transformer.Forward(response.Inputs, activations);
                transformer.LogProbabilities(activations, response.Targets, logProbabilities.AsSpan(0, response.Targets.Length));
                foreach (float logProbability in logProbabilities.AsSpan(response.Start - 1, response.Count))
                {
                    sums[i] += logProbability;
                }
            }
        }
    }
}
