namespace Alignment.Models.Transformers;

/// <summary>
/// The taps of a pass, later places first. A backend gathers rows from row 0 on, so each place writes its own rows as the end of a prefix:
/// those before them belong to later places and are written again when the pass comes by. At the end <see cref="Positions"/> says where
/// each tap lies. Nothing is allocated after construction.
///
/// <code>
/// taps as asked for   (layer 0, row 5) (layer 2, row 3) (layer 0, row 7)
/// gathered at layer 0  3  5  7      rows of layer 0's residual stream; the first is of no use
/// gathered at layer 2  3            rows of layer 2's
/// positions            1  0  2
/// </code>
/// </summary>
internal sealed class TapPlan(int maxTaps)
{
    private readonly long[] _keys = new long[maxTaps];
    private readonly int[] _rows = new int[maxTaps];
    private readonly int[] _positions = new int[maxTaps];
    private int _count;

    /// <summary>Of each tap of the batch, in its order, the row where it was gathered.</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, _count);

    public void Prepare(ForwardBatch batch)
    {
        ReadOnlySpan<PlaceTap> taps = batch.Taps;
        _count = taps.Length;
        for (int i = 0; i < _count; i++)
        {
            _keys[i] = (-(long)taps[i].Place.Order << 32) + i;
        }

        _keys.AsSpan(0, _count).Sort();
        for (int i = 0; i < _count; i++)
        {
            int tap = (int)(uint)_keys[i];
            (_rows[i], _positions[tap]) = (taps[tap].Row, i);
        }
    }

    /// <summary>The rows to gather at a place; empty where no tap is.</summary>
    public ReadOnlySpan<int> Rows(HiddenPlace place)
    {
        int end = _count;
        while (end > 0 && Order(end - 1) < place.Order)
        {
            end--;
        }

        return _rows.AsSpan(0, end > 0 && Order(end - 1) == place.Order ? end : 0);
    }

    private int Order(int index) => (int)-(_keys[index] >> 32);
}
