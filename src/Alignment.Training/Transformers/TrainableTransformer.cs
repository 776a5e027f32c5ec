using Alignment.Compute.Backends;
using Alignment.Compute.Memory;
using Alignment.Compute.Random;
using Alignment.Compute.Threading;
using Alignment.Models.Configuration;

namespace Alignment.Training.Transformers;

/// <summary>
/// The parameters of a Llama-family model in f32, and their packed forms. A <see cref="TransformerWorker"/> runs it forwards and backwards,
/// one sequence at a time; several workers share these weights and only read them.
/// </summary>
public sealed unsafe class TrainableTransformer : IDisposable
{
    private readonly NativeBuffer<float> _values;
    private readonly PackedLinear[] _projections;

    /// <summary>Allocates a model of zeros.</summary>
    public TrainableTransformer(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        Layout = new ParameterLayout(config);
        _values = new(Layout.Length);
        Rotary = new RotaryTable(RopeFrequencies.Of(config), config.MaxPositions);
        Layers = [.. Layout.Layers.Select(offsets => new PackedLayer(offsets, config))];
        Head = new PackedLinear(Layout.Head, config.VocabularySize, config.HiddenSize);
        _projections = [Head, .. Layers.SelectMany(layer => layer.Projections)];
    }

    /// <summary>Shape of the model.</summary>
    public ModelConfig Config { get; }

    /// <summary>Names and places of the tensors in <see cref="Values"/>.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>All parameters. After changing any, call <see cref="Repack"/>.</summary>
    public NativeBuffer<float> Values => _values;

    internal RotaryTable Rotary { get; }

    internal PackedLayer[] Layers { get; }

    internal PackedLinear Head { get; }

    /// <summary>
    /// Draws the start of a training run: normal(0, 0.02) matrices, those that write to the residual stream scaled by 1 / sqrt(2 * layers) as
    /// in GPT-2, ones for norms, zeros for biases. The draw is a function of seed and position alone.
    /// </summary>
    public void Initialize(ulong seed)
    {
        foreach (ParameterTensor tensor in Layout.Tensors)
        {
            bool residual = tensor.Name.EndsWith("o_proj.weight", StringComparison.Ordinal) || tensor.Name.EndsWith("down_proj.weight", StringComparison.Ordinal);
            float deviation = residual ? 0.02f / MathF.Sqrt(2 * Config.Layers) : 0.02f;
            bool norm = tensor.Name.EndsWith("norm.weight", StringComparison.Ordinal);
            for (long i = tensor.Offset; i < tensor.Offset + tensor.Length; i++)
            {
                _values[i] = tensor.Decays ? deviation * Normal(seed, (ulong)i) : norm ? 1 : 0;
            }
        }
    }

    /// <summary>Refreshes the packed weights from <see cref="Values"/>.</summary>
    public void Repack(ThreadTeam team)
    {
        ArgumentNullException.ThrowIfNull(team);
        team.Run(new RepackJob(_values.Pointer, _projections));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PackedLinear projection in _projections)
        {
            projection.Dispose();
        }

        _values.Dispose();
    }

    /// <summary>Box and Muller's transform of two uniforms.</summary>
    private static float Normal(ulong seed, ulong index)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - Philox.Uniform(seed, index, 0)));
        return (float)(radius * Math.Cos(2 * Math.PI * Philox.Uniform(seed, index, 1)));
    }

    private readonly struct RepackJob(float* values, PackedLinear[] projections) : IParallelJob
    {
        private readonly float* _values = values;

        public void Execute(int worker, int workers)
        {
            for (int i = worker; i < projections.Length; i += workers)
            {
                projections[i].Repack(_values);
            }
        }
    }
}
