using Alignment.Compute.Memory;
using Alignment.Compute.Threading;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards.Features;

/// <summary>
/// Hidden states of a frozen model (after the final norm) around each response: the model never changes, so one pass serves every epoch of
/// a head. Owns the memory, which is the host's: one f32 row per response token and one more.
/// </summary>
internal sealed unsafe class FrozenFeatures : IDisposable
{
    private readonly NativeBuffer<float> _memory;
    private readonly long[] _firstRows;
    private readonly int _hidden;

    private FrozenFeatures(NativeBuffer<float> memory, long[] firstRows, int hidden)
    {
        (_memory, _firstRows, _hidden) = (memory, firstRows, hidden);
    }

    /// <summary>Runs every response through the model; each is independent of the others, so threads change nothing.</summary>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    public static FrozenFeatures Compute(
        TrainableTransformer model, IReadOnlyList<ResponseTokens> responses, CancellationToken cancellation)
    {
        long[] firstRows = new long[responses.Count];
        long rows = 0;
        for (int i = 0; i < firstRows.Length; i++)
        {
            firstRows[i] = rows;
            rows += responses[i].Count + 1;
        }

        FrozenFeatures features = new(new NativeBuffer<float>(rows * model.Config.HiddenSize), firstRows, model.Config.HiddenSize);
        model.Backend.Run(new Job(features, model, responses, cancellation));
        if (!cancellation.IsCancellationRequested)
        {
            return features;
        }

        features.Dispose();
        throw new OperationCanceledException(cancellation);
    }

    /// <summary>States [response tokens, hidden] from which each token of response <paramref name="index"/> is predicted.</summary>
    public ReadOnlySpan<float> BeforeTokens(int index, ResponseTokens response) => new(First(index), response.Count * _hidden);

    /// <summary>State [hidden] at the end of the response.</summary>
    public float* AtEnd(int index, ResponseTokens response) => First(index) + ((long)response.Count * _hidden);

    public void Dispose() => _memory.Dispose();

    private float* First(int index) => _memory.Pointer + (_firstRows[index] * _hidden);

    private readonly struct Job(
        FrozenFeatures features, TrainableTransformer model, IReadOnlyList<ResponseTokens> responses, CancellationToken cancellation)
        : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            int longest = responses.Max(response => response.Tokens.Length);
            using TransformerWorker transformer = new(model, longest);
            using SequenceActivations activations = new(model, longest);
            for (int i = worker; i < responses.Count && !cancellation.IsCancellationRequested; i += workers)
            {
                transformer.Forward(responses[i].Tokens, activations);
                long first = (long)(responses[i].Start - 1) * model.Config.HiddenSize;
                int length = (responses[i].Count + 1) * model.Config.HiddenSize;
                model.Backend.Download(activations.Hidden + first, new Span<float>(features.First(i), length));
            }
        }
    }
}
