using Alignment.Compute.Contract.Training;
using Alignment.Compute.Threading;
using Alignment.Training.Transformers;

namespace Alignment.Training.Optimizers;

/// <summary>
/// AdamW over tensors of one flat array, with the gradient clipped to a norm first. Owns the two moments. The result does not depend on the
/// number of threads: every element's update stands alone and one thread sums the norm.
/// </summary>
public sealed unsafe class AdamWOptimizer : IDisposable
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.95f;
    private const float Epsilon = 1e-8f;

    private readonly ParameterTensor[] _tensors;
    private readonly ITrainingBackend _backend;
    private readonly TrainingBuffer _firstMoments;
    private readonly TrainingBuffer _secondMoments;

    /// <summary>Moments of zero for every tensor.</summary>
    public AdamWOptimizer(IReadOnlyList<ParameterTensor> tensors, ITrainingBackend backend)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(backend);
        (_tensors, _backend) = ([.. tensors], backend);
        Length = tensors[^1].Offset + tensors[^1].Length;
        _firstMoments = backend.Allocate(Length);
        _secondMoments = backend.Allocate(Length);
    }

    /// <summary>Number of parameters.</summary>
    public long Length { get; }

    /// <summary>Updates so far.</summary>
    public int Steps { get; set; }

    /// <summary>The state that a resumed run needs, besides <see cref="Steps"/>: two arrays of <see cref="Length"/>.</summary>
    public IReadOnlyList<TrainingBuffer> Moments => [_firstMoments, _secondMoments];

    /// <summary>Updates <paramref name="values"/> and clears the gradients.</summary>
    /// <param name="gradients">[length], summed over the batch.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="decay">Weight decay of matrices; norms and biases have none.</param>
    /// <param name="maxNorm">The whole gradient is scaled down to this norm when it is longer.</param>
    /// <param name="values">[length].</param>
    /// <returns>The norm before clipping.</returns>
    /// <exception cref="DivergenceException">The norm is not finite; nothing has changed.</exception>
    public double Step(TrainingBuffer gradients, double rate, double decay, double maxNorm, TrainingBuffer values)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        ArgumentNullException.ThrowIfNull(values);
        double norm = Math.Sqrt(_backend.SumOfSquares(gradients.Pointer, Length));
        DivergenceException.ThrowIfNotFinite(norm, "gradient", Steps + 1);
        Steps++;
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
        _backend.Run(new UpdateJob(this, step, gradients.Pointer, values.Pointer));
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
                optimizer._backend.UpdateAdamW(
                    tensor.Decays ? step : step with { Decay = 0 }, _gradients + tensor.Offset, tensor.Length,
                    optimizer._firstMoments.Pointer + tensor.Offset,
                    optimizer._secondMoments.Pointer + tensor.Offset,
                    _values + tensor.Offset);
                optimizer._backend.Clear(_gradients + tensor.Offset, tensor.Length);
            }
        }
    }
}
