using Alignment.Compute.Contract.Random;
using Alignment.Compute.Contract.Training;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards.Heads;

/// <summary>
/// log pi_r(. | s) = log softmax(U silu(D h(s)) + b): a language-model-shaped head on a frozen hidden state. U starts at zero, so that pi_r
/// starts uniform and guidance by an untrained head changes nothing.
/// </summary>
internal sealed unsafe class TokenRewardHeadParameters : IDisposable
{
    public TokenRewardHeadParameters(int hidden, int rank, int vocabulary, ulong seed, ITrainingBackend backend)
    {
        (Backend, Hidden, Rank, Vocabulary) = (backend, hidden, rank, vocabulary);
        long down = (long)rank * hidden;
        long up = (long)vocabulary * rank;
        Tensors = [new("down.weight", [rank, hidden], 0), new("up.weight", [vocabulary, rank], down), new("bias", [vocabulary], down + up)];
        Values = backend.Allocate(down + up + vocabulary);
        Down = backend.CreateLinear(Values.Pointer, rank, hidden);
        Up = backend.CreateLinear(Values.Pointer + down, vocabulary, rank);
        float width = MathF.Sqrt(3f / hidden);
        Values.Write(0, [.. Enumerable.Range(0, rank * hidden).Select(i => width * (float)((2 * Philox.Uniform(seed, (ulong)i, 0)) - 1))]);
        Refresh();
    }

    public ITrainingBackend Backend { get; }

    public int Hidden { get; }

    public int Rank { get; }

    public int Vocabulary { get; }

    public ParameterTensor[] Tensors { get; }

    public TrainingBuffer Values { get; }

    public LinearWeight Down { get; }

    public LinearWeight Up { get; }

    public float* Bias => Values.Pointer + Tensors[2].Offset;

    public void Refresh()
    {
        Down.Refresh();
        Up.Refresh();
    }

    public void Dispose()
    {
        Down.Dispose();
        Up.Dispose();
        Values.Dispose();
    }
}
