using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Rewards;
using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Tests.Rewards;

/// <summary>A card says what is so, and nothing else.</summary>
public sealed class RewardCardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RewardExample[] _pairs = [.. TinyModel.Pairs(10, 1, 3, 4)];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_says_how_well_the_reward_does_on_each_source()
    {
        DataMix mix = new([new MixSource("test", License: "MIT")], Note: "Mind the gap.");
        string card = Write(mix, "cc-by-sa-4.0", [.. _pairs.Select((pair, i) => (pair, i < 9 ? 1.0 : -1.0))]);
        Assert.StartsWith("---\nlicense: cc-by-sa-4.0\n---\n\n# kind\n", card, StringComparison.Ordinal);
        Assert.Contains("| test | MIT | 10 |", card, StringComparison.Ordinal);
        Assert.Contains("| test | 10 | 0.900 | 0.596 to 0.982 |", card, StringComparison.Ordinal);
        Assert.DoesNotContain("| all |", card, StringComparison.Ordinal); // one source is all
        Assert.Contains("Trained on half B.", card, StringComparison.Ordinal);
        Assert.Contains("the command", card, StringComparison.Ordinal);
        Assert.EndsWith("Mind the gap.\n", card, StringComparison.Ordinal);
    }

    [Fact]
    public void It_claims_no_licence_no_figure_and_no_content_that_nobody_stated()
    {
        string card = Write(new DataMix([new MixSource("test")]), null, []);
        Assert.StartsWith("# kind\n", card, StringComparison.Ordinal);
        Assert.Contains("| test | not stated | 10 |", card, StringComparison.Ordinal);
        Assert.Contains("No pair was held out", card, StringComparison.Ordinal);
        Assert.All(
            new[] { "accuracy", "NaN", "offensive", "license", "people", "annotators" },
            word => Assert.DoesNotContain(word, card, StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_source_says_of_itself_stays_in_its_cell()
    {
        string card = Write(new DataMix([new MixSource("a|b", License: "MIT |\n# kind\u001b[2J")]), null, []);
        Assert.Contains(@"| a\|b | MIT \| # kind\u001B[2J | 0 |", card, StringComparison.Ordinal);
    }

    [Fact]
    public void A_figure_without_its_pairs_is_a_dash()
    {
        RewardExample equal = new(new ResponseTokens([1, 2], 1), new ResponseTokens([1, 3], 1), 1, "test");
        Assert.Contains(
            "| test | 1 | 1.000 | 0.207 to 1.000 | – | – |",
            Write(new DataMix([new MixSource("test")]), null, [(equal, 1.0)]),
            StringComparison.Ordinal);
    }

    private string Write(DataMix mix, string? license, (RewardExample, double)[] heldOut)
    {
        new RewardCard("kind", RewardKind.ValueHead, "the command", "abc", "half B", license)
            .Write(new RewardData(mix, _pairs, [.. heldOut.Select(result => result.Item1)], []), heldOut, _folder.Path);
        return File.ReadAllText(_folder.File(RewardCard.FileName));
    }
}
