using Alignment.Models.Configuration;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// What rows cost, in rows at the beginning of a context. Deep in a long one attention to what came before costs more than everything else:
/// there a row has the price of several.
/// </summary>
internal sealed class RowPrice
{
    /// <summary>
    /// Position at which attention costs as much as all products with weights: a row of price 1 becomes one of price 2, as far as this
    /// counts.
    /// </summary>
    private readonly long _even;

    /// <summary>
    /// Per layer, a row is multiplied with every weight once; with each position before it, the query's width twice (its keys, its values).
    /// </summary>
    public RowPrice(ModelConfig config)
    {
        long attention = (long)config.HiddenSize * 2 * (config.QuerySize + config.KeyValueSize);
        long products = attention + (3L * config.HiddenSize * config.IntermediateSize);
        _even = Math.Max(1, products / (2 * config.QuerySize));
    }

    /// <summary>Price of rows from a position on, as if all of them were the last.</summary>
    public long Of(int first, int rows) => Math.Max(rows, rows * ((long)first + rows) / _even);

    /// <summary>How many rows from a position on cost no more than this.</summary>
    public int Rows(int first, long price) => price <= 0 ? 0 : (int)Math.Max(1, Math.Min(price, price * _even / (first + price)));
}
