using Alignment.Tests;
using Alignment.Training.Data.Packing;
using Alignment.Training.LanguageModels;

namespace Alignment.Training.Tests.LanguageModels;

/// <summary>What of the packed tokens an update is given: which windows, which documents in them, which targets count.</summary>
public sealed class TokenWindowTests : IDisposable
{
    private const int User = 90;
    private const int Assistant = 91;
    private const int End = 92;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, 6, new[] { 0, 3, 4 })]
    [InlineData(1, 5, new[] { 0, 2, 3 })]
    [InlineData(3, 4, new[] { 0, 1 })]
    [InlineData(4, 6, new[] { 0, 5 })]
    [InlineData(5, 4, new[] { 0 })]
    public void A_window_knows_where_documents_begin_in_it(int start, int length, int[] starts)
    {
        TokenWindow window = new(8, span: null);
        window.Read(Pack([1, 2, 3], [4], [5, 6, 7, 8, 9], [10, 11]), start, length);
        Assert.Equal(Enumerable.Range(start + 1, length), window.Tokens.ToArray());
        Assert.Equal(Enumerable.Range(start + 2, length), window.Targets.ToArray());
        Assert.Equal(starts, window.Starts.ToArray());
        Assert.Equal(length, window.Counted);
    }

    [Fact]
    public void Every_pass_takes_every_window_once_and_in_another_order()
    {
        const int Length = 7;
        TokenWindows windows = new(Pack([.. Enumerable.Range(0, 1000)]), Length, seed: 3);
        int[][] passes = [.. Enumerable.Range(0, 4).Select(pass => Pass(windows, Length, pass))];
        Assert.All(passes, (pass, number) =>
        {
            int shift = number * 197 % Length;
            Assert.Equal(Enumerable.Range(0, windows.Count).Select(i => (i * Length) + shift), pass.Order());
        });
        Assert.Equal(passes.Length, passes.Select(pass => string.Join(' ', pass.Select(start => start / Length))).Distinct().Count());
        Assert.NotEqual(passes[0], Pass(new(Pack([.. Enumerable.Range(0, 1000)]), Length, seed: 4), Length, 0));
        Assert.True(Inversions(passes[0]) is > 0.4 and < 0.6);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(64), InlineData(65), InlineData(1000)]
    public void A_permutation_reaches_every_place_once(int count) =>
        Assert.Equal(
            Enumerable.Range(0, count).Select(i => (long)i),
            Enumerable.Range(0, count).Select(i => SeededPermutation.At((ulong)i, (ulong)count, seed: 9, number: 2)).Order());

    [Fact]
    public void Only_what_the_assistant_says_counts_up_to_and_with_its_end()
    {
        int[] first = [0, User, 5, End, Assistant, 6, 7, End, User, 8, End, Assistant, 9, End];
        int[] cutOff = [0, Assistant, 10, 11];
        int[] text = [0, 12, 13];
        int[] counted = [6, 7, End, 9, End, 10, 11]; // and the token behind the text that was cut off does not
        PackedTokens data = Pack(first, cutOff, text);
        TokenWindow whole = new(32, new TargetSpan(Assistant, End));
        whole.Read(data, 0, data.Tokens.Length - 1);
        Assert.Equal([.. counted, 0], Counted(whole));
        Assert.Equal(counted.Length + 1, whole.Counted);
    }

    /// <summary>Wherever a window is cut, it counts the targets that the whole counts.</summary>
    [Fact]
    public void A_window_that_begins_within_a_turn_counts_the_rest_of_it()
    {
        PackedTokens data = Pack([0, User, 5, End, Assistant, 6, 7, End, User, 8, End], [0, 1, 2, Assistant, 3], [0, 4, 4, 4]);
        TokenWindow whole = new(32, new TargetSpan(Assistant, End));
        whole.Read(data, 0, data.Tokens.Length - 1);
        float[] weights = whole.Weights.ToArray();
        for (int start = 0; start < weights.Length - 2; start++)
        {
            TokenWindow window = new(2, new TargetSpan(Assistant, End));
            window.Read(data, start, 2);
            Assert.Equal(weights[start..(start + 2)], window.Weights.ToArray());
        }
    }

    private static int[] Counted(TokenWindow window) =>
        [.. window.Targets.ToArray().Where((_, i) => window.Weights[i] == 1)];

    private static int[] Pass(TokenWindows windows, int length, int pass)
    {
        TokenWindow window = new(length, span: null);
        return [.. Enumerable.Range(0, windows.Count).Select(Start)];

        int Start(int i)
        {
            windows.Read(((long)pass * windows.Count) + i, window);
            return window.Tokens[0];
        }
    }

    /// <summary>Share of pairs out of order: a half where chance orders.</summary>
    private static double Inversions(int[] order)
    {
        int pairs = order.Length * (order.Length - 1) / 2;
        return order.Select((value, i) => order.Skip(i + 1).Count(later => later < value)).Sum() / (double)pairs;
    }

    private PackedTokens Pack(params int[][] documents)
    {
        string path = _folder.File("tokens.bin");
        PackedTokensWriter.Write(
            [.. documents.Select(document => new PackedDocument([.. document.Select(token => (ushort)token)], 0, 0))],
            ["test"],
            1000,
            "",
            path);
        return PackedTokens.Open(path);
    }
}
