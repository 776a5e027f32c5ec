using Alignment.Compute.Contract;

namespace Alignment.Training.Checkpoints;

/// <summary>A tensor to be saved. The memory belongs to the caller and is only read while it is written.</summary>
/// <param name="name">Unique in its file.</param>
/// <param name="shape">Row-major sizes.</param>
/// <param name="type"><see cref="DType.F32"/> or <see cref="DType.Bf16"/>.</param>
/// <param name="values">As many f32 as the shape says.</param>
public sealed unsafe class TensorValues(string name, IReadOnlyList<int> shape, DType type, float* values)
{
    /// <summary>Unique in its file.</summary>
    public string Name { get; } = name;

    /// <summary>Row-major sizes.</summary>
    public IReadOnlyList<int> Shape { get; } = shape;

    /// <summary>How the numbers are stored.</summary>
    public DType Type { get; } = type is DType.F32 or DType.Bf16
        ? type
        : throw new ArgumentException($"{name}: {type} cannot be written.", nameof(type));

    /// <summary>Number of elements.</summary>
    public long Length { get; } = shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Size in the file.</summary>
    public long ByteLength => checked(Length * (Type == DType.F32 ? sizeof(float) : sizeof(ushort)));

    /// <summary>The first number that is not finite, or the last one.</summary>
    internal float Worst
    {
        get
        {
            long i = 0;
            while (i < Length - 1 && float.IsFinite(values[i]))
            {
                i++;
            }

            return values[i];
        }
    }

    internal ReadOnlySpan<float> Slice(long start, int length) => new(values + start, length);
}
