using Alignment.Compute.Contract.Training;
using Alignment.Compute.Memory;
using Alignment.Compute.Tests.Training;

namespace Alignment.Compute.Cuda.Tests.Training;

/// <summary>Arrays of one test in a backend's memory, disposed together.</summary>
internal sealed unsafe class Arrays(ITrainingBackend backend) : IDisposable
{
    private readonly List<TrainingBuffer> _buffers = [];

    /// <summary>Values in [-scale, scale).</summary>
    public float* Random(long length, uint seed, float scale = 1)
    {
        using NativeBuffer<float> values = Numbers.Random(length, seed);
        foreach (ref float value in values.Span)
        {
            value *= scale;
        }

        return Of(values.Span);
    }

    public float* Of(ReadOnlySpan<float> values)
    {
        float* address = Zeros(values.Length);
        _buffers[^1].Write(0, values);
        return address;
    }

    public float* Zeros(long length)
    {
        _buffers.Add(backend.Allocate(length));
        return _buffers[^1].Pointer;
    }

    public float[] Read(float* source, long length)
    {
        float[] values = new float[length];
        backend.Download(source, values);
        return values;
    }

    public void Write(ReadOnlySpan<float> values, float* target) => backend.Upload(values, target);

    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());
}
