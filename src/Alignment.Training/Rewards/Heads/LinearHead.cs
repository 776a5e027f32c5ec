using Alignment.Compute.Contract.Training;
using Alignment.Compute.Cpu.Training;
using Alignment.Training.Checkpoints;
using Alignment.Training.Optimizers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards.Heads;

/// <summary>
/// scores = W x + b of a row of features x, and beside them in one array the objective's own numbers, so that a checkpoint has all of them.
/// So small that one thread of the host trains it, whatever runs the model.
/// </summary>
public sealed unsafe class LinearHead : IResumableRun, IDisposable
{
    private readonly CpuTrainingBackend _host = new(threads: 1);
    private readonly ParameterTensor[] _tensors;

    /// <summary>A head of zeros.</summary>
    /// <param name="width">Numbers a row.</param>
    /// <param name="start">b before anything is learned: one for each score.</param>
    /// <param name="own">The objective's own numbers before anything is learned.</param>
    public LinearHead(int width, IReadOnlyList<double> start, IReadOnlyList<double> own)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(own);
        (Width, Outputs, Own) = (width, start.Count, own.Count);
        long weights = (long)Outputs * width;
        _tensors =
        [
            new ParameterTensor("weight", [Outputs, width], 0),
            new ParameterTensor("bias", [Outputs], weights),
            .. Own > 0 ? [new ParameterTensor("own", [Own], weights + Outputs)] : Array.Empty<ParameterTensor>(),
        ];
        Parameters = _host.Allocate(weights + Outputs + Own);
        Parameters.Write(weights, [.. start.Concat(own).Select(number => (float)number)]);
        Gradients = _host.Allocate(Parameters.Length);
        Optimizer = new AdamWOptimizer(_tensors, _host);
    }

    /// <summary>Numbers a row.</summary>
    public int Width { get; }

    /// <summary>Scores a row.</summary>
    public int Outputs { get; }

    /// <summary><c>weight</c> [outputs, width] and <c>bias</c> [outputs].</summary>
    public IReadOnlyList<ParameterTensor> Tensors => _tensors[..2];

    /// <inheritdoc/>
    public TrainingBuffer Parameters { get; }

    /// <inheritdoc/>
    public AdamWOptimizer Optimizer { get; }

    /// <summary>Sums for the next <see cref="Step"/>.</summary>
    internal TrainingBuffer Gradients { get; }

    private int Own { get; }

    /// <summary>The scores of a row, in double precision as the server computes them.</summary>
    public void Score(ReadOnlySpan<float> row, Span<double> scores)
    {
        for (int output = 0; output < Outputs; output++)
        {
            float* weight = Parameters.Pointer + ((long)output * Width);
            double sum = Parameters.Pointer[((long)Outputs * Width) + output];
            for (int i = 0; i < row.Length; i++)
            {
                sum += (double)weight[i] * row[i];
            }

            scores[output] = sum;
        }
    }

    /// <summary>A mixture of the scores of a row.</summary>
    public double Score(ReadOnlySpan<float> row, ReadOnlySpan<double> mixture)
    {
        Span<double> scores = stackalloc double[Outputs];
        Score(row, scores);
        double sum = 0;
        for (int output = 0; output < Outputs; output++)
        {
            sum += mixture[output] * scores[output];
        }

        return sum;
    }

    /// <summary>The linear map whose value is this mixture of the scores: weight [width], then bias.</summary>
    internal float[] Mix(double[] mixture)
    {
        float[] map = new float[Width + 1];
        for (int i = 0; i <= Width; i++)
        {
            double sum = 0;
            for (int output = 0; output < Outputs; output++)
            {
                sum += mixture[output] * Parameters.Pointer[i < Width ? ((long)output * Width) + i : ((long)Outputs * Width) + output];
            }

            map[i] = (float)sum;
        }

        return map;
    }

    /// <summary>A copy of the objective's own numbers.</summary>
    internal double[] ReadOwn() => [.. Enumerable.Range(0, Own).Select(i => (double)OwnPointer[i])];

    /// <summary>The objective's own numbers as it left them, and their gradient.</summary>
    internal void WriteOwn(double[] own, double[] gradients)
    {
        for (int i = 0; i < Own; i++)
        {
            OwnPointer[i] = (float)own[i];
            Gradients.Pointer[((long)Outputs * (Width + 1)) + i] += (float)gradients[i];
        }
    }

    /// <summary>Adds to [outputs, width] and [outputs] behind each other what a row's scores say.</summary>
    internal void Backward(ReadOnlySpan<float> row, ReadOnlySpan<double> byScore, Span<double> gradients)
    {
        for (int output = 0; output < Outputs; output++)
        {
            Span<double> byWeight = gradients.Slice(output * Width, Width);
            for (int i = 0; i < row.Length; i++)
            {
                byWeight[i] += byScore[output] * row[i];
            }

            gradients[(Outputs * Width) + output] += byScore[output];
        }
    }

    /// <summary>One update by the sums that were made.</summary>
    internal void Step(double[] gradients, double rate, double decay)
    {
        for (int i = 0; i < gradients.Length; i++)
        {
            Gradients.Pointer[i] += (float)gradients[i];
        }

        Optimizer.Step(Gradients, rate, decay, maxNorm: 1, Parameters);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Optimizer.Dispose();
        Gradients.Dispose();
        Parameters.Dispose();
        _host.Dispose();
    }

    private float* OwnPointer => Parameters.Pointer + ((long)Outputs * (Width + 1));
}
