using System.Text.Json;
using Alignment.Models.Tokenization;
using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Data.Packing;
using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Tests.Rewards;

/// <summary>Which pairs are learned from, which are measured on, and what is said when there are too few.</summary>
public sealed class RewardDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Tokenizer _tokenizer;

    public RewardDataTests() => _tokenizer = TrainedTokenizer.Train(_folder.Path);

    public void Dispose()
    {
        _tokenizer.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void All_rows_but_the_held_out_ones_are_learned_from()
    {
        RewardData data = Read(Pairs(100));
        Assert.Equal(100, data.Training.Count + data.HeldOut.Count);
        Assert.InRange(data.HeldOut.Count, 10, 50);
        Assert.Empty(Read(Pairs(100), heldOut: 0).HeldOut);
        RewardData half = Read(Pairs(100), learns: part => part == DataPart.A);
        Assert.InRange(half.Training.Count, 15, data.Training.Count - 15);
        Assert.Equal(data.HeldOut.Count, half.HeldOut.Count);
    }

    [Fact]
    public void What_is_left_out_is_counted()
    {
        string lengthy = Row("Why", string.Concat(Enumerable.Repeat("question ", 200)), "No.");
        RewardData data = Read([.. Pairs(20), Row("Why", "Same.", "Same."), lengthy, lengthy]);
        Assert.Equal(["1 of 23 pairs have no two different answers to a prompt", "2 pairs have more than 100 tokens"], data.LeftOut);
    }

    [Fact]
    public void Too_little_has_a_message_of_its_own()
    {
        Assert.Contains("holds no rows", Fault(), StringComparison.Ordinal);
        Assert.Contains("there is one pair only", Fault(Row("Why", "Yes.", "No.")), StringComparison.Ordinal);
        Assert.Contains("no row has two different answers", Fault(Row("Why", "Yes.", "Yes.")), StringComparison.Ordinal);
        string lengthy = Row("Why", string.Concat(Enumerable.Repeat("question ", 200)), "No.");
        Assert.Matches("all 2 pairs are too long: the shortest has [0-9]+ tokens, the limit is 100", Fault(lengthy, lengthy));
        Assert.Matches(
            "0 of 3 pairs left to learn from \\(3 held out, 0 too long\\)",
            Assert.Throws<InvalidDataException>(() => Read(Pairs(3), heldOut: 0.999999)).Message);
        string thumb = """{"prompt":"a","completion":"b","label":true}""";
        Assert.Contains("make no pair of a better and a worse response", Fault(thumb, thumb), StringComparison.Ordinal);
    }

    [Fact]
    public void Its_hash_tells_every_change_of_what_is_learned()
    {
        RewardData data = Read(Pairs(20));
        string hash = data.Sha256;
        Assert.Equal(hash, Read(Pairs(20)).Sha256);
        RewardExample first = data.Training[0];
        RewardExample[][] others =
        [
            [first with { Weight = 2 }, .. data.Training.Skip(1)],
            [first with { Chosen = first.Rejected, Rejected = first.Chosen }, .. data.Training.Skip(1)],
            [first with { Chosen = first.Chosen with { Start = first.Chosen.Start + 1 } }, .. data.Training.Skip(1)],
            [.. data.Training.Skip(1), first],
        ];
        Assert.All(others, other => Assert.NotEqual(hash, (data with { Training = other }).Sha256));
    }

    private static string[] Pairs(int count) => [.. Enumerable.Range(0, count).Select(i => Row($"How {i}?", $"Fine {i}.", "No."))];

    private static string Row(string prompt, string chosen, string rejected) => JsonSerializer.Serialize(new { prompt, chosen, rejected });

    private string Fault(params string[] rows) => Assert.Throws<InvalidDataException>(() => Read(rows)).Message;

    private RewardData Read(string[] rows, double heldOut = 0.3, Predicate<DataPart>? learns = null)
    {
        File.WriteAllLines(_folder.File("rows.jsonl"), rows);
        DataMix mix = DataMix.Of(new MixSource("rows.jsonl", HeldOut: heldOut), _folder.Path);
        return RewardData.Read(mix, learns ?? (_ => true), new ChatEncoder(_tokenizer), maxLength: 100);
    }
}
