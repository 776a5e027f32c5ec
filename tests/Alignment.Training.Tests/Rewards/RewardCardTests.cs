using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Evaluation;
using Alignment.Training.Rewards;
using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Tests.Rewards;

/// <summary>A card says what is so, and nothing else.</summary>
public sealed class RewardCardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RewardExample[] _pairs = [.. TinyModel.Pairs(40, 1, 3, 4)];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_says_how_well_the_reward_does_on_what_people_compared()
    {
        DataMix mix = new([new MixSource("test", License: "MIT")], Note: "Mind the gap.");
        string card = Write(
            mix, "cc-by-sa-4.0", _pairs, Margins("kind", wrong: 3), Margins("seed 2", wrong: 5), Margins("frozen", wrong: 20));
        Assert.StartsWith("---\nlicense: cc-by-sa-4.0\n---\n\n# kind\n", card, StringComparison.Ordinal);
        Assert.Contains("| test | MIT | 40 |", card, StringComparison.Ordinal);
        PairFigures figures = PairFigures.Of([.. _pairs.Select((pair, i) => pair.Texts.Score(i < 3 ? -1 : 1))]);
        FigureTable expected = new("on held-out prompts");
        expected.Add("kind", figures);
        Assert.Contains(expected.ToString(), card, StringComparison.Ordinal);
        Assert.Contains("| kind | 40 | 40 | 0.925 (", card, StringComparison.Ordinal);
        Assert.Contains("| seed 2 | 40 | 40 | 0.875 (", card, StringComparison.Ordinal);
        Assert.Contains("| frozen | 40 | 40 | 0.500 (", card, StringComparison.Ordinal);
        Assert.DoesNotContain("borrowed", card, StringComparison.Ordinal);
        Assert.Contains("Trained on half B.", card, StringComparison.Ordinal);
        Assert.Contains("the command", card, StringComparison.Ordinal);
        Assert.EndsWith("Mind the gap.\n", card, StringComparison.Ordinal);
    }

    [Fact]
    public void Borrowed_answers_flatter_no_figure()
    {
        // The reward is right wherever the other answer was borrowed, and wrong wherever people compared two.
        RewardExample[] pairs =
        [
            .. _pairs.Select((pair, i) => pair with
            {
                Source = i % 4 < 2 ? "one" : "two",
                Texts = pair.Texts with { IsBorrowed = i % 2 == 1 },
            }),
        ];
        HeldOutMargins margins = new("kind", [.. pairs.Select(pair => pair.Texts.IsBorrowed ? 1.0 : -1.0)]);
        string card = Write(new DataMix([new MixSource("one"), new MixSource("two")]), null, pairs, margins);
        string[] rows = [.. card.Split('\n').Where(line => line.StartsWith("| kind", StringComparison.Ordinal))];
        Assert.Equal(2, rows.Length);
        Assert.StartsWith("| kind | 20 | 20 | 0.000 (0.000 to ", rows[0], StringComparison.Ordinal);
        Assert.StartsWith("| kind | 20 | 20 | 1.000 (0.", rows[1], StringComparison.Ordinal);
        Assert.True(card.IndexOf("| on borrowed answers |", StringComparison.Ordinal) > card.IndexOf(rows[0], StringComparison.Ordinal));
        Assert.Contains("| – one | 10 | 10 | 0.000 (", card, StringComparison.Ordinal);
        Assert.Contains("| – two | 10 | 10 | 1.000 (", card, StringComparison.Ordinal);

        RewardExample[] borrowed = [.. pairs.Where(pair => pair.Texts.IsBorrowed)];
        card = Write(new DataMix([new MixSource("one")]), null, borrowed, new HeldOutMargins("kind", [.. borrowed.Select(_ => 1.0)]));
        Assert.Contains("No pair that people compared was held out", card, StringComparison.Ordinal);
        Assert.DoesNotContain("on held-out prompts", card, StringComparison.Ordinal);
    }

    [Fact]
    public void It_claims_no_licence_no_figure_and_no_content_that_nobody_stated()
    {
        string card = Write(new DataMix([new MixSource("test")]), null, [], new HeldOutMargins("kind", []));
        Assert.StartsWith("# kind\n", card, StringComparison.Ordinal);
        Assert.Contains("| test | not stated | 40 |", card, StringComparison.Ordinal);
        Assert.Contains("No pair was held out", card, StringComparison.Ordinal);
        Assert.All(
            new[] { "accuracy", "NaN", "offensive", "license", "people", "annotators" },
            word => Assert.DoesNotContain(word, card, StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_source_says_of_itself_stays_in_its_cell()
    {
        DataMix mix = new([new MixSource("a|b", License: "MIT |\n# kind\u001b[2J")]);
        Assert.Contains(
            @"| a\|b | MIT \| # kind\u001B[2J | 0 |", Write(mix, null, [], new HeldOutMargins("kind", [])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_figure_without_its_pairs_is_a_dash()
    {
        RewardExample equal = _pairs[0] with { Texts = new ComparedTexts("a", 3, 3, IsBorrowed: false) };
        string card = Write(new DataMix([new MixSource("test")]), null, [equal], new HeldOutMargins("kind", [1]));
        Assert.Contains("| kind | 1 | 1 | 1.000 | – | 1.000 | 1.000 of 1 | – | 0.269 |", card, StringComparison.Ordinal);
    }

    private static HeldOutMargins Margins(string scorer, int wrong) =>
        new(scorer, [.. Enumerable.Range(0, 40).Select(i => i < wrong ? -1.0 : 1.0)]);

    private string Write(DataMix mix, string? license, RewardExample[] heldOut, params HeldOutMargins[] margins)
    {
        new RewardCard("kind", RewardKind.ValueHead, "the command", "abc", "half B", license)
            .Write(new RewardData(mix, _pairs, heldOut, []), margins, _folder.Path);
        return File.ReadAllText(_folder.File(RewardCard.FileName));
    }
}
