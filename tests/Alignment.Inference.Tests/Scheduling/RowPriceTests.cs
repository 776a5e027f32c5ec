using Alignment.Compute.Reference;
using Alignment.Inference.Scheduling;
using Alignment.Models.Configuration;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>What rows of a pass cost.</summary>
public sealed class RowPriceTests : IAsyncDisposable
{
    private readonly TinyModel _model = new(new ReferenceBackend());
    private readonly RowPrice _price;

    public RowPriceTests() => _price = new RowPrice(_model.Transformer.Config, _model.Transformer.Config);

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public void A_row_has_the_price_of_two_where_attention_takes_as_long_as_the_weights()
    {
        ModelConfig config = _model.Transformer.Config;
        int weights = (40 * 2 * (40 + 20)) + (3 * 40 * 72);
        int even = weights / (2 * 5 * config.QuerySize);
        Assert.Equal((1, 2, 11), (_price.Of(0, 1), _price.Of(even, 1), _price.Of(10 * even, 1)));
    }

    [Theory]
    [InlineData(0, 1), InlineData(0, 32), InlineData(0, 256), InlineData(7, 16), InlineData(100, 16), InlineData(5000, 4000)]
    [InlineData(30_000, 100_000)]
    public void As_many_rows_are_had_for_a_price_as_cost_no_more(int first, long price)
    {
        int rows = _price.Rows(first, price);
        Assert.InRange(_price.Of(first, rows), 1, price);
        Assert.InRange(_price.Of(first, rows + 2), price, long.MaxValue);
    }

    /// <summary>By the multiplications of a row: 3 layers of width 24 against 2 of width 40.</summary>
    [Fact]
    public void Rows_of_a_smaller_model_cost_less_in_rows_of_the_first()
    {
        RowPrice small = new(_model.Other.Config, _model.Transformer.Config);
        double ratio = 3.0 * ((24 * 2 * (24 + 12)) + (3 * 24 * 40)) / (2 * ((40 * 2 * (40 + 20)) + (3 * 40 * 72)));
        const int Even = ((24 * 2 * (24 + 12)) + (3 * 24 * 40)) / (2 * 5 * 24);
        Assert.Equal((long)(ratio * (100 * (Even + 50) / Even)), small.Of(0, 100));
        int rows = small.Rows(100, 50);
        Assert.True(rows > _price.Rows(100, 50));
        Assert.InRange(small.Of(100, rows), 45, 50);
    }

    [Fact]
    public void One_row_is_had_for_any_price_and_none_for_nothing()
        => Assert.Equal((1, 0, 0), (_price.Rows(1_000_000, 1), _price.Rows(0, 0), _price.Rows(5, -3)));
}
