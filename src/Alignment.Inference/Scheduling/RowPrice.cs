using Alignment.Models.Configuration;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// What rows of a model cost, in rows of the engine's first one at the beginning of a context. Deep in a long one attention to what came
/// before costs more than everything else: there a row has the price of several.
/// </summary>
internal sealed class RowPrice
{
    /// <summary>
    /// How much longer a multiplication of attention takes than one with weights: each row reads keys and values for itself, weights are
    /// read for many rows at once. Measured on a processor: 2.2 ms a row at position 8,192 of a model whose rows take 0.07 ms at the
    /// beginning, where multiplications alone would make it 0.4.
    /// </summary>
    private const int AttentionTime = 5;

    /// <summary>Position at which attention takes as long as all multiplications with weights: a row has the price of two there.</summary>
    private readonly long _even;

    private readonly double _first;

    /// <summary>
    /// Per layer, a row is multiplied with every weight once; with each position before it, the query's width twice (its keys, its values).
    /// </summary>
    /// <param name="config">The model.</param>
    /// <param name="unit">The one whose first row has the price of one.</param>
    public RowPrice(ModelConfig config, ModelConfig unit)
    {
        _even = Math.Max(1, Multiplications(config) / (2 * AttentionTime * config.QuerySize));
        _first = (double)Multiplications(config) * config.Layers / (Multiplications(unit) * unit.Layers);
    }

    /// <summary>Price of rows from a position on.</summary>
    public long Of(int first, int rows) => (long)(_first * (rows * (_even + first + (rows / 2)) / _even));

    /// <summary>How many rows from a position on cost no more than this.</summary>
    public int Rows(int first, long price)
    {
        if (price <= 0)
        {
            return 0;
        }

        // The positive root of rows * rows / 2 + (even + first) * rows = price / price of the first row * even.
        double start = _even + first;
        double rows = Math.Sqrt((start * start) + (2.0 * price / _first * _even)) - start;
        return Math.Max(1, (int)rows);
    }

    private static long Multiplications(ModelConfig config)
        => (2L * config.HiddenSize * (config.QuerySize + config.KeyValueSize)) + (3L * config.HiddenSize * config.IntermediateSize);
}
