using Alignment.Compute.Cpu.Layouts;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>What one matmul reads and writes.</summary>
internal readonly unsafe struct MatMulOperands
{
    /// <summary><c>[rows, InputStride]</c>, the inputs filled to whole pairs.</summary>
    public required float* Inputs { get; init; }

    /// <summary>Numbers from one input row to the next.</summary>
    public required long InputStride { get; init; }

    public required PanelMatrix Weights { get; init; }

    /// <summary>Bias of the outputs, or null.</summary>
    public required float* Bias { get; init; }

    public required int Rows { get; init; }

    /// <summary><c>[rows, OutputStride]</c>.</summary>
    public required float* Outputs { get; init; }

    /// <summary>Numbers from one output row to the next.</summary>
    public required long OutputStride { get; init; }

    /// <summary>The LoRA pairs that add to the output.</summary>
    public required LoraShares Pairs { get; init; }
}
