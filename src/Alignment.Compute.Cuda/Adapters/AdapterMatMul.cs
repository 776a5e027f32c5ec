using System.Runtime.InteropServices;
using Alignment.Compute.Contract;
using Alignment.Compute.Cuda.Launches;
using Alignment.Compute.Cuda.Memory;
using Alignment.Compute.Cuda.Session;

namespace Alignment.Compute.Cuda.Adapters;

/// <summary>Adds the shares of all adapters in a batch to an output: two launches, whatever the number of adapters.</summary>
internal sealed unsafe class AdapterMatMul(DeviceSession session) : IDisposable
{
    /// <summary>GROUP_ROWS of adapters.cu.</summary>
    private const int GroupRows = 8;

    private readonly List<AdapterGroup> _groups = [];
    private readonly List<(Lora Pair, int FirstColumn, int Group)> _open = [];
    private readonly Scratch _inner = new(session);

    /// <summary>Adds the pairs' shares; no two of them may add to the same element.</summary>
    public void Add(ReadOnlySpan<LoraRows> pairs, CudaTensor input, CudaTensor output)
    {
        if (pairs.IsEmpty)
        {
            return;
        }

        (int rank, int outputs) = (0, 0);
        _groups.Clear();
        _open.Clear();
        foreach (LoraRows pair in pairs)
        {
            (rank, outputs) = (Math.Max(rank, pair.Pair.Rank), Math.Max(outputs, pair.Pair.Outputs));
            for (int row = 0; row < pair.Rows; row++)
            {
                AddRow(pair, pair.FirstRow + row);
            }
        }

        int count = Buckets.Round(_groups.Count);
        nint inner = _inner.Reserve((long)count * GroupRows * rank * sizeof(float));
        nint groups = session.Queue.Send(count, out Span<AdapterGroup> sent);
        CollectionsMarshal.AsSpan(_groups).CopyTo(sent);
        sent[_groups.Count..].Clear();
        session.Queue.Launch(session.Kernels.AdapterInner, rank, count)
            .With(groups).With(input.Address).With(input.Columns).With(rank).With(inner);
        session.Queue.Launch(session.Kernels.AdapterOuter, Grid.Blocks(outputs, Grid.Threads), count)
            .With(groups).With(inner).With(rank).With(output.Columns).With(output.Address);
    }

    public void Dispose() => _inner.Dispose();

    /// <summary>Into the pair's last group, or a new one where that is full.</summary>
    private void AddRow(LoraRows share, int row)
    {
        int at = Find(share);
        if (_groups[_open[at].Group].Rows == GroupRows)
        {
            _open[at] = (share.Pair, share.FirstColumn, AddGroup(share));
        }

        ref AdapterGroup group = ref CollectionsMarshal.AsSpan(_groups)[_open[at].Group];
        group.Row[group.Rows++] = row;
    }

    /// <summary>A batch has few different pairs: they are found by looking.</summary>
    private int Find(LoraRows share)
    {
        int at = 0;
        while (at < _open.Count && (_open[at].Pair != share.Pair || _open[at].FirstColumn != share.FirstColumn))
        {
            at++;
        }

        if (at == _open.Count)
        {
            _open.Add((share.Pair, share.FirstColumn, AddGroup(share)));
        }

        return at;
    }

    private int AddGroup(LoraRows share)
    {
        var pair = (CudaLora)share.Pair;
        _groups.Add(new AdapterGroup { A = pair.A, B = pair.B, Rank = pair.Rank, Outputs = pair.Outputs, FirstColumn = share.FirstColumn });
        return _groups.Count - 1;
    }

    /// <summary><c>AdapterGroup</c> of adapters.cu.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct AdapterGroup
    {
        public nint A;
        public nint B;
        public int Rank;
        public int Outputs;
        public int FirstColumn;
        public int Rows;
        public fixed int Row[GroupRows];
    }
}
