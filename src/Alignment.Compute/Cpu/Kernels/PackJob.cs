using System.Runtime.CompilerServices;
using Alignment.Compute.Backends;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>Copies the rows of one source into a matrix's panels.</summary>
internal readonly struct PackJob(WeightSource source, int firstOutput, PanelMatrix matrix) : IParallelJob
{
    private readonly WeightSource _source = source;

    /// <inheritdoc/>
    public unsafe void Execute(int worker, int workers)
    {
        int first = (int)((long)_source.Outputs * worker / workers);
        int last = (int)((long)_source.Outputs * (worker + 1) / workers);
        for (int row = first; row < last; row++)
        {
            int output = firstOutput + row;
            byte* group = matrix.Group(output / PanelMatrix.GroupOutputs);
            int lane = output % PanelMatrix.GroupOutputs;
            if (_source.Type == DType.BF16)
            {
                PackBrain(row, lane, (ushort*)group);
            }
            else
            {
                PackSingle(row, lane, (float*)group);
            }
        }
    }

    private unsafe void PackBrain(int row, int lane, ushort* group)
    {
        byte* numbers = _source.Data + ((long)row * _source.Inputs * sizeof(ushort));
        for (int input = 0; input < _source.Inputs; input++)
        {
            group[((input / 2) * 2 * PanelMatrix.GroupOutputs) + (lane * 2) + (input % 2)] = Unsafe.ReadUnaligned<ushort>(numbers + ((long)input * sizeof(ushort)));
        }
    }

    private unsafe void PackSingle(int row, int lane, float* group)
    {
        for (int input = 0; input < _source.Inputs; input++)
        {
            group[((long)input * PanelMatrix.GroupOutputs) + lane] = WeightReader.Read(_source, row, input);
        }
    }
}
