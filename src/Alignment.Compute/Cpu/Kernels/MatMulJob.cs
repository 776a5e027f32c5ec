using Alignment.Compute.Cpu.Layouts;
using Alignment.Compute.Cpu.Simd;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>
/// A matmul, divided among the workers by groups of outputs. Each group is read from memory once; all rows pass over it while it is in the
/// cache.
/// </summary>
internal readonly unsafe struct MatMulJob<TSimd, TPanels>(MatMulOperands operands) : IParallelJob
    where TSimd : struct, ISimd<TSimd>
    where TPanels : struct, IPanels
{
    private const int GroupOutputs = PanelMatrix.GroupOutputs;
    private const int TileRows = 8;

    private readonly MatMulOperands _operands = operands;

    /// <inheritdoc/>
    public void Execute(int worker, int workers)
    {
        int groups = _operands.Weights.Groups;
        int outputs = _operands.Weights.Outputs;
        int first = (int)((long)groups * worker / workers);
        int last = (int)((long)groups * (worker + 1) / workers);
        if (first == last)
        {
            return;
        }

        int whole = Math.Min(last, outputs / GroupOutputs);
        int step = GroupsATile(_operands.Rows);
        for (int group = first; group < whole; group += step)
        {
            MultiplyGroups(group, Math.Min(step, whole - group), _operands.Outputs + (group * GroupOutputs), _operands.OutputStride);
        }

        if (whole < last)
        {
            MultiplyCutGroup(whole);
        }

        AddShares(first * GroupOutputs, Math.Min(last * GroupOutputs, outputs));
    }

    private static int GroupsATile(int rows) => rows switch
    {
        1 => 4,
        2 => 2,
        _ => 1,
    };

    private void MultiplyGroups(int group, int groups, float* outputs, long outputStride)
    {
        for (int row = 0; row < _operands.Rows; row += TileRows)
        {
            Multiply(group, groups, row, Math.Min(TileRows, _operands.Rows - row), outputs + (row * outputStride), outputStride);
        }
    }

    /// <summary>The last group may have fewer outputs than a tile writes: it goes through a buffer.</summary>
    private void MultiplyCutGroup(int group)
    {
        float* tile = stackalloc float[TileRows * GroupOutputs];
        int columns = _operands.Weights.Outputs - (group * GroupOutputs);
        for (int row = 0; row < _operands.Rows; row += TileRows)
        {
            int rows = Math.Min(TileRows, _operands.Rows - row);
            Multiply(group, 1, row, rows, tile, GroupOutputs);
            for (int i = 0; i < rows; i++)
            {
                float* output = _operands.Outputs + ((row + i) * _operands.OutputStride) + (group * GroupOutputs);
                new Span<float>(tile + (i * GroupOutputs), columns).CopyTo(new Span<float>(output, columns));
            }
        }
    }

    private void Multiply(int group, int groups, int row, int rows, float* outputs, long outputStride)
    {
        var tile = new TileOperands
        {
            Weights = _operands.Weights.Group(group),
            GroupBytes = _operands.Weights.GroupBytes,
            Groups = groups,
            Pairs = _operands.Weights.Pairs,
            Inputs = _operands.Inputs + (row * _operands.InputStride),
            InputStride = _operands.InputStride,
            Rows = rows,
            Outputs = outputs,
            OutputStride = outputStride,
        };
        switch (rows)
        {
            case 1:
                Tiles<TSimd, TPanels>.Rows1(tile);
                break;
            case 2:
                Tiles<TSimd, TPanels>.Rows2(tile);
                break;
            case <= 4:
                Tiles<TSimd, TPanels>.Rows4(tile);
                break;
            default:
                Tiles<TSimd, TPanels>.Rows8(tile);
                break;
        }
    }

    private void AddShares(int firstColumn, int lastColumn)
    {
        for (int row = 0; _operands.Bias != null && row < _operands.Rows; row++)
        {
            RowMath<TSimd>.Add(
                _operands.Bias + firstColumn, lastColumn - firstColumn, _operands.Outputs + (row * _operands.OutputStride) + firstColumn);
        }

        LoraOuter<TSimd>.Add(_operands.Pairs, firstColumn, lastColumn, _operands.Outputs, _operands.OutputStride);
    }
}
