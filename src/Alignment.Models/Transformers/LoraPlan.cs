using Alignment.Compute.Contract;
using Alignment.Models.Blueprints;

namespace Alignment.Models.Transformers;

/// <summary>
/// The runs of rows that share an adapter, computed once a pass; each projection then turns them into the pairs that its matmul adds.
/// Nothing is allocated after construction.
/// </summary>
internal sealed class LoraPlan(int maxRows)
{
    private const int MostPairsAProjection = 3;

    private readonly (Adapter Adapter, int FirstRow, int Rows)[] _runs = new (Adapter, int, int)[maxRows];
    private readonly LoraRows[] _pairs = new LoraRows[maxRows * MostPairsAProjection];
    private int _count;

    public void Prepare(ForwardBatch batch)
    {
        _count = 0;
        for (int i = 0; i < batch.Segments.Length; i++)
        {
            RowSegment segment = batch.Segments[i];
            if (batch.Adapters[i] is not { } adapter)
            {
                continue;
            }

            bool continues = _count > 0
                && _runs[_count - 1].Adapter == adapter
                && _runs[_count - 1].FirstRow + _runs[_count - 1].Rows == segment.FirstRow;
            if (continues)
            {
                _runs[_count - 1].Rows += segment.Rows;
            }
            else
            {
                _runs[_count++] = (adapter, segment.FirstRow, segment.Rows);
            }
        }
    }

    /// <summary>Valid until the next call.</summary>
    public ReadOnlySpan<LoraRows> Pairs(int layer, Projection projection)
    {
        int count = 0;
        for (int i = 0; i < _count; i++)
        {
            (Adapter adapter, int firstRow, int rows) = _runs[i];
            foreach (AdapterPair pair in adapter.Pairs(layer, projection))
            {
                _pairs[count++] = new LoraRows(pair.Pair, firstRow, rows, pair.FirstColumn);
            }
        }

        return _pairs.AsSpan(0, count);
    }
}
