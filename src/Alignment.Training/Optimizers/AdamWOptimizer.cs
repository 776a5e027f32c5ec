using System.Runtime.InteropServices;
using Alignment.Compute.Memory;
using Alignment.Compute.Threading;
using Alignment.Compute.Training;
using Alignment.Training.Transformers;

namespace Alignment.Training.Optimizers;

/// <summary>
/// AdamW over tensors of one flat array, with the gradient clipped to a norm first. Owns the two moments. The result does not depend on the
/// number of threads: every element's update stands alone and the norm is summed tensor by tensor.
/// </summary>
public sealed unsafe class AdamWOptimizer : IDisposable
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.95f;
    private const float Epsilon = 1e-8f;

    private readonly ParameterTensor[] _tensors;
    private readonly NativeBuffer<float> _firstMoments;
    private readonly NativeBuffer<float> _secondMoments;

    /// <summary>Moments of zero for every tensor.</summary>
    public AdamWOptimizer(IReadOnlyList<ParameterTensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        _tensors = [.. tensors];
        Length = tensors[^1].Offset + tensors[^1].Length;
        _firstMoments = new(Length);
        _secondMoments = new(Length);
    }

    /// <summary>Number of parameters.</summary>
    public long Length { get; }

    /// <summary>Updates so far.</summary>
    public int Steps { get; set; }

    /// <summary>The state that a resumed run needs, besides <see cref="Steps"/>: two arrays of <see cref="Length"/>.</summary>
    public IReadOnlyList<NativeBuffer<float>> Moments => [_firstMoments, _secondMoments];

    /// <summary>Updates <paramref name="values"/> and clears the gradients.</summary>
    /// <param name="gradients">[length], summed over the batch.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="decay">Weight decay of matrices; norms and biases have none.</param>
    /// <param name="maxNorm">The whole gradient is scaled down to this norm when it is longer.</param>
    /// <param name="team">Threads that share the tensors.</param>
    /// <param name="values">[length].</param>
    /// <returns>The norm before clipping.</returns>
    public double Step(NativeBuffer<float> gradients, double rate, double decay, double maxNorm, ThreadTeam team, NativeBuffer<float> values)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        ArgumentNullException.ThrowIfNull(team);
        ArgumentNullException.ThrowIfNull(values);
        Steps++;
        double norm = Math.Sqrt(_tensors.Sum(tensor => AdamW.SumOfSquares(gradients.Pointer + tensor.Offset, tensor.Length)));
        var step = new AdamWStep
        {
            LearningRate = (float)rate,
            Beta1 = Beta1,
            Beta2 = Beta2,
            Epsilon = Epsilon,
            Decay = (float)decay,
            FirstCorrection = (float)(1 - Math.Pow(Beta1, Steps)),
            SecondCorrection = (float)(1 - Math.Pow(Beta2, Steps)),
            GradientScale = (float)(norm > maxNorm ? maxNorm / norm : 1),
        };
        team.Run(new UpdateJob(this, step, gradients.Pointer, values.Pointer));
        return norm;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _firstMoments.Dispose();
        _secondMoments.Dispose();
    }

    private readonly struct UpdateJob(AdamWOptimizer optimizer, AdamWStep step, float* gradients, float* values) : IParallelJob
    {
        private readonly float* _gradients = gradients;
        private readonly float* _values = values;

        public void Execute(int worker, int workers)
        {
            for (int i = worker; i < optimizer._tensors.Length; i += workers)
            {
                ParameterTensor tensor = optimizer._tensors[i];
                AdamW.Step(
                    tensor.Decays ? step : step with { Decay = 0 }, _gradients + tensor.Offset, tensor.Length,
                    optimizer._firstMoments.Pointer + tensor.Offset, optimizer._secondMoments.Pointer + tensor.Offset, _values + tensor.Offset);
                NativeMemory.Clear(_gradients + tensor.Offset, (nuint)(tensor.Length * sizeof(float)));
            }
        }
    }
}
