using Alignment.Training.Data;

namespace Alignment.Training.Tests.Data;

public sealed class DataSplitTests
{
    [Fact]
    public void Parts_have_the_shares_that_were_asked_for()
    {
        const int Count = 20_000;
        ILookup<DataPart, int> parts = Enumerable.Range(0, Count).ToLookup(i => DataSplit.PartOf($"prompt {i}", 0.1));
        Assert.InRange(parts[DataPart.HeldOut].Count(), Count * 0.09, Count * 0.11);
        Assert.InRange(parts[DataPart.A].Count(), Count * 0.435, Count * 0.465);
        Assert.InRange(parts[DataPart.B].Count(), Count * 0.435, Count * 0.465);
    }

    // The first bytes of SHA-256("abc") are ba7816bf 8f01cfea (FIPS 180-2).
    [Fact]
    public void The_hash_is_the_same_in_every_run() => Assert.Equal(0xeacf018fbf1678ba, DataSplit.Hash("abc"));

    [Fact]
    public void A_prompt_held_out_at_a_small_share_is_held_out_at_a_larger_one() =>
        Assert.All(
            Enumerable.Range(0, 5000).Select(i => $"{i}").Where(key => DataSplit.PartOf(key, 0.01) == DataPart.HeldOut),
            key => Assert.Equal(DataPart.HeldOut, DataSplit.PartOf(key, 0.1)));

    [Fact]
    public void Shuffling_permutes_and_depends_on_the_seed()
    {
        int[] Order(ulong seed)
        {
            int[] items = [.. Enumerable.Range(0, 100)];
            SeededOrder.Shuffle<int>(items, seed);
            return items;
        }

        Assert.Equal(Enumerable.Range(0, 100), Order(1).Order());
        Assert.Equal(Order(1), Order(1));
        Assert.NotEqual(Order(1), Order(2));
    }
}
