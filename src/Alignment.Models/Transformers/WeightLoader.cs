using Alignment.Compute.Contract;
using Alignment.Models.Blueprints;
using Alignment.Models.Checkpoints;

namespace Alignment.Models.Transformers;

/// <summary>Reads a checkpoint's tensors as the blueprint names them and packs them for a backend.</summary>
internal sealed class WeightLoader(Checkpoint checkpoint, IBackend backend)
{
    private readonly TransformerBlueprint _blueprint = new(checkpoint.Config);

    public WeightMatrix Embedding() => Pack([_blueprint[WeightRole.Embedding]]);

    /// <summary>The output projection; null where it is the embedding.</summary>
    public WeightMatrix? Head() => _blueprint[WeightRole.Head] is { IsOptional: false } head ? Pack([head]) : null;

    public Tensor FinalNorm() => Vector(_blueprint[WeightRole.FinalNorm])!;

    public TransformerLayer Layer(int index) => new()
    {
        InputNorm = Vector(_blueprint[WeightRole.InputNorm, index])!,
        QueryKeyValue = Pack(Projection.QueryKeyValue, index),
        QueryKeyValueBias = Vector(Find(WeightRole.QueryBias, index), Find(WeightRole.KeyBias, index), Find(WeightRole.ValueBias, index)),
        HeadNorm = HeadNorm(index),
        Output = Pack(Projection.Output, index),
        MiddleNorm = Vector(_blueprint[WeightRole.MiddleNorm, index])!,
        GateUp = Pack(Projection.GateUp, index),
        Down = Pack(Projection.Down, index),
    };

    private HeadNorm? HeadNorm(int index) =>
        Vector(Find(WeightRole.QueryNorm, index)) is { } query && Vector(Find(WeightRole.KeyNorm, index)) is { } key
            ? new HeadNorm(query, key, checkpoint.Config.RmsNormEpsilon)
            : null;

    private WeightBlueprint? Find(WeightRole role, int layer) => _blueprint.Find(role, layer);

    private WeightMatrix Pack(Projection projection, int layer) => Pack([.. _blueprint.Parts(projection, layer)]);

    private WeightMatrix Pack(WeightBlueprint[] parts)
    {
        WeightSource[] sources = Array.ConvertAll(parts, part => checkpoint.Read(part.Name, part.Rows, part.Columns));
        bool alike = Array.TrueForAll(sources, source => source.Type == sources[0].Type);
        return alike
            ? backend.Pack(sources)
            : throw new InvalidDataException($"{parts[0].Name}: dtype: differs from that of {parts[^1].Name}");
    }

    /// <summary>Vectors side by side; null where the architecture does not have them.</summary>
    private Tensor? Vector(params WeightBlueprint?[] parts)
    {
        float[] numbers =
        [
            .. parts.OfType<WeightBlueprint>().SelectMany(part => checkpoint.ReadNumbers(part.Name, part.Rows, part.Columns)),
        ];
        if (numbers.Length == 0)
        {
            return null;
        }

        Tensor tensor = backend.CreateTensor(1, numbers.Length);
        backend.Upload(numbers, 0, tensor);
        return tensor;
    }
}
