using System.Runtime.InteropServices;
using Alignment.Compute.Contract;
using Alignment.Compute.Cuda.Launches;
using Alignment.Compute.Cuda.Memory;
using Alignment.Compute.Cuda.Session;

namespace Alignment.Compute.Cuda.MatMul;

/// <summary>By matmul_tiles.cu and matmul.cu: the sum over the inputs has one order, whatever the number of rows.</summary>
internal sealed class KernelMatMul(DeviceSession session) : IMatMul
{
    /// <summary>MATMUL_ROWS of matmul.cu.</summary>
    private const int MatMulRows = 8;

    /// <summary>TILE_OUTPUTS and TILE_ROWS of matmul_tiles.cu.</summary>
    private const int Tile = 128;

    private readonly Scratch _narrow = new(session);

    /// <inheritdoc/>
    public void Multiply(CudaTensor input, CudaMatrix weight, nint bias, int rows, CudaTensor output)
    {
        if (weight.IsTiled)
        {
            MultiplyTiled(input, weight, bias, rows, output);
            return;
        }

        session.Queue.Launch(session.Kernels.MatMul, Grid.Blocks(weight.Outputs, KernelSet.Warps), Grid.Blocks(rows, MatMulRows))
            .With(input.Address)
            .With(weight.Address)
            .With((int)weight.Type)
            .With(bias)
            .With(rows)
            .With(weight.Inputs)
            .With(weight.Outputs)
            .With(output.Address);
    }

    /// <summary>The rows in 16 bits, in scratch memory that lasts until the next call.</summary>
    public nint Narrow(CudaTensor input, DType type, int rows)
    {
        nint target = _narrow.Reserve((long)rows * input.Columns * sizeof(ushort));
        session.Queue.Launch(session.Kernels.NarrowRows, rows).With(input.Address).With((int)type).With(input.Columns).With(target);
        return target;
    }

    /// <inheritdoc/>
    public void Dispose() => _narrow.Dispose();

    private void MultiplyTiled(CudaTensor input, CudaMatrix weight, nint bias, int rows, CudaTensor output)
    {
        int few = FewIndex(rows);
        Operands operands = new()
        {
            // The smallest kernel rounds its few rows itself: a launch less for each matmul of a single sequence.
            Input = few == 0 ? input.Address : Narrow(input, weight.Type, rows),
            Weights = weight.Address,
            Bias = bias,
            Output = output.Address,
            Type = (int)weight.Type,
            Rows = rows,
            Inputs = weight.Inputs,
            Outputs = weight.Outputs,
        };
        LaunchTiled(few, rows, weight.Outputs).With(operands);
    }

    private LaunchQueue LaunchTiled(int few, int rows, int outputs)
    {
        if (few == KernelSet.FewRows.Length)
        {
            return session.Queue.Launch(session.Kernels.MatMulOfMany, Grid.Blocks(rows, Tile), Grid.Blocks(outputs, Tile));
        }

        bool isWide = KernelSet.FewRows[few].Rows == KernelSet.Wide.Rows && outputs >= KernelSet.LeastWide;
        return isWide
            ? session.Queue.Launch(session.Kernels.MatMulOfWide, Grid.Blocks(outputs, KernelSet.Wide.Outputs))
            : session.Queue.Launch(session.Kernels.MatMulOfFew(few), Grid.Blocks(outputs, KernelSet.FewRows[few].Outputs));
    }

    /// <summary>The smallest of the kernels for few rows that takes so many; past the last where none does.</summary>
    private static int FewIndex(int rows)
    {
        int index = 0;
        while (index < KernelSet.FewRows.Length && KernelSet.FewRows[index].Rows < rows)
        {
            index++;
        }

        return index;
    }

    /// <summary><c>MatMul</c> of matmul_tiles.cu.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Operands
    {
        public nint Input;
        public nint Weights;
        public nint Bias;
        public nint Output;
        public int Type;
        public int Rows;
        public int Inputs;
        public int Outputs;
    }
}
