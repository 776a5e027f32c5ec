using System.Runtime.CompilerServices;
using Alignment.Compute.Contract;
using Alignment.Compute.Cpu.Layouts;
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
            int place = output % PanelMatrix.GroupOutputs;
            if (_source.Type == DType.Bf16)
            {
                PackBf16(row, place, (ushort*)group);
            }
            else
            {
                PackF32(row, place, (float*)group);
            }
        }
    }

    private unsafe void PackBf16(int row, int place, ushort* group)
    {
        byte* numbers = _source.Data + ((long)row * _source.Inputs * sizeof(ushort));
        for (int input = 0; input < _source.Inputs; input++)
        {
            group[((input / 2) * 2 * PanelMatrix.GroupOutputs) + (place * 2) + (input % 2)] = Unsafe.ReadUnaligned<ushort>(
                numbers + ((long)input * sizeof(ushort)));
        }
    }

    private unsafe void PackF32(int row, int place, float* group)
    {
        for (int input = 0; input < _source.Inputs; input++)
        {
            group[((long)input * PanelMatrix.GroupOutputs) + place] = WeightReader.Read(_source, row, input);
        }
    }
}
