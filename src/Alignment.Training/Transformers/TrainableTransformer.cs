using Alignment.Compute.Contract;
using Alignment.Compute.Contract.Random;
using Alignment.Compute.Contract.Training;
using Alignment.Compute.Threading;
using Alignment.Models.Blueprints;
using Alignment.Models.Configuration;

namespace Alignment.Training.Transformers;

/// <summary>
/// The parameters of a Llama-family model in f32, in a backend's memory. A <see cref="TransformerWorker"/> runs it forwards and backwards,
/// one sequence at a time; several workers share these weights and only read them.
/// </summary>
public sealed unsafe class TrainableTransformer : IDisposable
{
    private readonly LinearWeight[] _projections;
    private readonly TrainingBuffer _cosines;
    private readonly TrainingBuffer _sines;

    /// <summary>Allocates a model of zeros, to be trained by a backend that outlives it.</summary>
    public TrainableTransformer(ModelConfig config, ITrainingBackend backend)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(backend);
        (Config, Backend) = (config, backend);
        Layout = new ParameterLayout(config);
        Values = backend.Allocate(Layout.Length);
        RotaryTable rotary = new(RopeFrequencies.Of(config), config.MaxPositions);
        _cosines = Copy(rotary.Cosines);
        _sines = Copy(rotary.Sines);
        Layers = [.. Layout.Layers.Select(offsets => new LayerWeights(offsets, this))];
        Head = CreateLinear(Layout.Head, config.VocabularySize, config.HiddenSize);
        _projections = [Head, .. Layers.SelectMany(layer => layer.Projections)];
    }

    /// <summary>What trains it.</summary>
    public ITrainingBackend Backend { get; }

    /// <summary>Shape of the model.</summary>
    public ModelConfig Config { get; }

    /// <summary>Names and places of the tensors in <see cref="Values"/>.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>All parameters. After changing any, call <see cref="Refresh"/>.</summary>
    public TrainingBuffer Values { get; }

    /// <summary>[positions, head / 2].</summary>
    internal float* Cosines => _cosines.Pointer;

    internal float* Sines => _sines.Pointer;

    internal LayerWeights[] Layers { get; }

    internal LinearWeight Head { get; }

    /// <summary>
    /// Draws the start of a training run: normal(0, 0.02) matrices, those that write to the residual stream scaled by 1 / sqrt(2 * layers)
    /// as in GPT-2, ones for norms, zeros for biases. The draw is a function of seed and position alone.
    /// </summary>
    public void Initialize(ulong seed)
    {
        foreach (ParameterTensor tensor in Layout.Tensors)
        {
            WeightRole? role = tensor.Weight?.Role;
            bool residual = role is WeightRole.Output or WeightRole.Down;
            float deviation = residual ? 0.02f / MathF.Sqrt(2 * Config.Layers) : 0.02f;
            bool bias = role is WeightRole.QueryBias or WeightRole.KeyBias or WeightRole.ValueBias;
            float[] values = new float[tensor.Length];
            for (long i = 0; i < values.LongLength; i++)
            {
                values[i] = tensor.Decays ? deviation * Normal(seed, (ulong)(tensor.Offset + i)) : bias ? 0 : 1;
            }

            Values.Write(tensor.Offset, values);
        }
    }

    /// <summary>Refreshes what the backend made of <see cref="Values"/>.</summary>
    public void Refresh() => Backend.Run(new RefreshJob(_projections));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable part in new IDisposable[] { Values, _cosines, _sines }.Concat(_projections))
        {
            part.Dispose();
        }
    }

    internal LinearWeight CreateLinear(long offset, int outputs, int inputs) =>
        Backend.CreateLinear(Values.Pointer + offset, outputs, inputs);

    private TrainingBuffer Copy(float[] numbers)
    {
        TrainingBuffer buffer = Backend.Allocate(numbers.Length);
        buffer.Write(0, numbers);
        return buffer;
    }

    /// <summary>Box and Muller's transform of two uniforms.</summary>
    private static float Normal(ulong seed, ulong index)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - Philox.Uniform(seed, index, 0)));
        return (float)(radius * Math.Cos(2 * Math.PI * Philox.Uniform(seed, index, 1)));
    }

    private readonly struct RefreshJob(LinearWeight[] projections) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int i = worker; i < projections.Length; i += workers)
            {
                projections[i].Refresh();
            }
        }
    }
}
