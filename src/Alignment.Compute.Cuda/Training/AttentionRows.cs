using System.Runtime.InteropServices;
using Alignment.Compute.Contract.Training;

namespace Alignment.Compute.Cuda.Training;

/// <summary>AttentionRows of training.cu, field by field.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct AttentionRows(float* qkv, int length, AttentionShape shape)
{
    private readonly float* _qkv = qkv;
    private readonly int _length = length;
    private readonly int _heads = shape.Heads;
    private readonly int _keyValueHeads = shape.KeyValueHeads;
    private readonly int _size = shape.HeadSize;
}
