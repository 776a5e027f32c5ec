using Alignment.Compute.Contract;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Session;

namespace Alignment.Compute.Cuda.Memory;

/// <summary>
/// A LoRA pair in f32: A <c>[rank, inputs]</c>, B with the scale in it as <c>[rank, outputs]</c>, so that neighbouring outputs are
/// neighbours in memory.
/// </summary>
internal sealed class CudaLora : Lora
{
    private readonly DeviceSession _session;
    private readonly DeviceMemory _a;
    private readonly DeviceMemory _b;

    public CudaLora(DeviceSession session, ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rank, float scale)
        : base(b.Length / rank, a.Length / rank, rank)
    {
        _session = session;
        _a = session.Allocate((long)a.Length * sizeof(float));
        _b = session.Allocate((long)b.Length * sizeof(float));
        float[] turned = new float[b.Length];
        for (int i = 0; i < b.Length; i++)
        {
            turned[((i % rank) * Outputs) + (i / rank)] = b[i] * scale;
        }

        session.Upload(a, _a.Address);
        session.Upload<float>(turned, _b.Address);
    }

    public nint A => _a.Address;

    public nint B => _b.Address;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _session.Free(_a);
        _session.Free(_b);
    }
}
