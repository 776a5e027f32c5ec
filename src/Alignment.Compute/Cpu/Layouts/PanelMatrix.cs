using Alignment.Compute.Contract;
using Alignment.Compute.Memory;

namespace Alignment.Compute.Cpu.Layouts;

/// <summary>
/// A weight in groups of 32 outputs, two inputs at a time (see <see cref="IPanels"/>); outputs and inputs that fill the last group and pair
/// are zero. bf16 keeps its 2 bytes; f16 is widened, because bf16 could not hold it exactly.
/// </summary>
internal sealed unsafe class PanelMatrix : WeightMatrix
{
    /// <summary>Outputs of one group.</summary>
    public const int GroupOutputs = 32;

    private readonly NativeBuffer<byte> _panels;

    public PanelMatrix(int outputs, int inputs, DType type)
        : base(outputs, inputs, type)
    {
        Groups = ((outputs - 1) / GroupOutputs) + 1;
        Pairs = (inputs / 2) + (inputs % 2);
        PairBytes = type == DType.Bf16 ? Bf16Panels.PairBytes : F32Panels.PairBytes;
        GroupBytes = (long)Pairs * PairBytes;
        _panels = new NativeBuffer<byte>(checked(Groups * GroupBytes));
    }

    public int Groups { get; }

    /// <summary>Pairs of inputs.</summary>
    public int Pairs { get; }

    public int PairBytes { get; }

    public long GroupBytes { get; }

    /// <summary>Valid until disposed.</summary>
    public byte* Group(int group) => _panels.Pointer + (group * GroupBytes);

    /// <summary>Copies one output's weights, one of each pair after the other, to f32.</summary>
    public void ReadRow(int output, float* destination)
    {
        byte* group = Group(output / GroupOutputs);
        int place = output % GroupOutputs;
        for (int input = 0; input < Inputs; input++)
        {
            byte* pair = group + ((long)(input / 2) * PairBytes);
            destination[input] = Type == DType.Bf16
                ? WeightReader.WidenBf16(((ushort*)pair)[(place * 2) + (input % 2)])
                : ((float*)pair)[((input % 2) * GroupOutputs) + place];
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _panels.Dispose();
}
