using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Compute.Reference;

namespace Alignment.Compute.Tests.Cpu;

/// <summary>
/// Draws from the whole vocabulary, over blocks of 1,024 tokens of which some have nothing to draw. Every token that is possible has the
/// mass 1, so that no sum is rounded and the reference's token is the only right one.
/// </summary>
public sealed class FullDrawTests
{
    private const int Draws = 400;
    private const int Block = 1024;

    private static readonly Dictionary<string, (int Vocabulary, Func<int, bool> IsPossible)> s_rows = new()
    {
        ["one register and a token"] = (17, _ => true),
        ["one block"] = (Block, _ => true),
        ["a block and a token"] = (Block + 1, token => token > Block - 3),
        ["the first block is empty"] = ((2 * Block) + 9, token => token > Block),
        ["the middle is empty"] = (3 * Block, token => token is < 3 or > (3 * Block) - 3),
        ["the last blocks are empty"] = ((3 * Block) + 5, token => token < 5),
        ["every seventh"] = ((2 * Block) + 100, token => token % 7 == 3),
    };

    public static TheoryData<string> Rows => [.. s_rows.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Every_draw_is_the_references(string name)
    {
        (int vocabulary, Func<int, bool> isPossible) = s_rows[name];
        using var reference = new ReferenceBackend();
        int[] expected = Draw(reference, vocabulary, isPossible);
        Assert.All(expected, token => Assert.True(isPossible(token)));
        foreach (SimdForm form in CpuForms.Supported)
        {
            using var cpu = CpuBackend.Create(1, form);
            Assert.Equal(expected, Draw(cpu, vocabulary, isPossible));
        }
    }

    private static int[] Draw(IBackend backend, int vocabulary, Func<int, bool> isPossible)
    {
        using Tensor logits = backend.CreateTensor(1, vocabulary);
        float[] scores = [.. Enumerable.Range(0, vocabulary).Select(token => isPossible(token) ? 2 : float.NegativeInfinity)];
        backend.Upload(scores, 0, logits);
        var rule = new NextTokenRule { Seed = 21 };
        NextTokenRow[] rows =
        [
            .. Enumerable.Range(0, Draws)
                .Select(position => new NextTokenRow(
                    logits, 0, vocabulary, [], 0, rule, Counts: null, Stream: 3, position, new TokenChoice(0, 0))),
        ];
        backend.ChooseNextTokens(rows);
        return Array.ConvertAll(rows, row => row.Choice.Token);
    }
}
