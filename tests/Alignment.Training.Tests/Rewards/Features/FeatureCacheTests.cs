using Alignment.Compute.Cpu.Training;
using Alignment.Tests;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Transformers;

namespace Alignment.Training.Tests.Rewards.Features;

/// <summary>Hidden states of a frozen model: the right ones, once, and never a damaged file's.</summary>
public sealed unsafe class FeatureCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CpuTrainingBackend _backend = new(threads: 2);
    private readonly ResponseTokens[] _responses =
    [
        .. TinyModel.Pairs(9, 1, 7, 11).SelectMany(pair => new[] { pair.Chosen, pair.Rejected }),
        .. TinyModel.Pairs(2, 1, 7, 11).Select(pair => pair.Chosen), // seen before
    ];

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("llama"), InlineData("qwen2"), InlineData("qwen3")]
    public void Every_row_has_the_bits_of_a_pass_over_the_whole_response(string type)
    {
        using TrainableTransformer model = TinyModel.Create(_backend, type);
        using FeatureTable ends = Read(model, new StateReading(ResponsePositions.End));
        using FeatureTable prefixes = Read(model, new StateReading(ResponsePositions.All));
        using FeatureTable before = Read(model, new TokenReading());
        using TransformerWorker worker = new(model, 32);
        using SequenceActivations activations = new(model, 32);
        for (int i = 0; i < _responses.Length; i++)
        {
            ResponseTokens response = _responses[i];
            worker.Forward(response.Tokens, activations);
            Assert.Equal(State(response.Tokens.Length - 1), ends.Row(ends.FirstRow(i)));
            Assert.Equal(
                new ReadOnlySpan<float>(activations.Hidden + ((response.Start - 1) * 16), response.Count * 16),
                before.Rows(before.FirstRow(i), response.Count));
            for (int token = 0; token < response.Count; token++) // so short that all are read
            {
                Assert.Equal(State(response.Start + token), prefixes.Row(prefixes.FirstRow(i) + token));
            }
        }

        ReadOnlySpan<float> State(int token) => new(activations.Hidden + (token * 16), 16);
    }

    [Fact]
    public void What_responses_share_runs_once()
    {
        using TrainableTransformer model = TinyModel.Create(_backend);
        using FrozenRunner runner = new(model, 32);
        int[] prompt = [1, 2, 3, 4, 5, 6];
        float[] row = new float[16];
        StateReading end = new(ResponsePositions.End);
        runner.Read(new ResponseTokens([.. prompt, 7, 8], 6), end, row);
        runner.Read(new ResponseTokens([.. prompt, 9], 6), end, row);
        Assert.Equal(8 + 1, runner.TokensRun);
        float[] seen = [.. row];
        runner.Read(new ResponseTokens([.. prompt, 9], 6), end, row);
        Assert.Equal(8 + 1, runner.TokensRun);
        Assert.Equal(seen, row);
    }

    [Fact]
    public void Threads_change_no_bit_and_columns_are_a_part()
    {
        using CpuTrainingBackend one = new(threads: 1);
        using TrainableTransformer model = TinyModel.Create(one);
        using TrainableTransformer other = TinyModel.Create(_backend);
        using FeatureTable some = Read(model, new TokenReading(), "one");
        using FeatureTable two = Read(other, new TokenReading(), "two");
        FeatureTable columns = two.Columns(3, 5);
        for (int i = 0; i < _responses.Length; i++)
        {
            Assert.Equal(some.Rows(some.FirstRow(i), _responses[i].Count), two.Rows(two.FirstRow(i), _responses[i].Count));
            Assert.Equal(two.Row(two.FirstRow(i) + 1).Slice(3, 5), columns.Row(columns.FirstRow(i) + 1));
        }
    }

    [Fact]
    public void What_is_kept_is_not_computed_again_and_what_is_gone_or_damaged_is()
    {
        using TrainableTransformer model = TinyModel.Create(_backend);
        int computed = 0;
        FeatureCache cache = new(model, "abc", _folder.File("cache")) { Progress = (_, _) => computed++ };
        float[] expected = Copy();
        Assert.Equal((1, 1), (computed, Files().Length));
        Assert.Equal(expected, Copy());
        Assert.Equal(1, computed);
        byte[] whole = File.ReadAllBytes(Files()[0]);
        foreach (byte[] damaged in new[] { [], whole[..^1], [.. whole, 0], Flipped(whole, 3), Flipped(whole, 20), Flipped(whole, 200) })
        {
            int before = computed;
            File.WriteAllBytes(Files()[0], damaged);
            Assert.Equal(expected, Copy());
            Assert.Equal(before + 1, computed);
            Assert.Equal(whole, File.ReadAllBytes(Files()[0]));
        }

        Directory.Delete(_folder.File("cache"), recursive: true);
        Assert.Equal(expected, Copy());

        float[] Copy()
        {
            using FeatureTable table = cache.Read(_responses, new StateReading(ResponsePositions.End), CancellationToken.None);
            return [.. _responses.SelectMany((_, i) => table.Row(table.FirstRow(i)).ToArray())];
        }
    }

    [Fact]
    public void Another_model_reading_or_order_is_another_file()
    {
        using TrainableTransformer model = TinyModel.Create(_backend);
        foreach ((string weights, FeatureReading reading, IEnumerable<ResponseTokens> responses) in
            new (string, FeatureReading, IEnumerable<ResponseTokens>)[]
            {
                ("abc", new StateReading(ResponsePositions.End), _responses),
                ("abd", new StateReading(ResponsePositions.End), _responses),
                ("abc", new StateReading(ResponsePositions.All), _responses),
                ("abc", new TokenReading(), _responses),
                ("abc", new StateReading(ResponsePositions.End), _responses.Reverse()),
                ("abc", new StateReading(ResponsePositions.All), _responses.Select(own => own with { Start = own.Start + 1 })),
            })
        {
            new FeatureCache(model, weights, _folder.File("cache")).Read([.. responses], reading, CancellationToken.None).Dispose();
        }

        Assert.Equal(6, Files().Length);
    }

    [Fact]
    public void What_was_stopped_leaves_nothing_and_an_open_table_outlives_its_file()
    {
        using TrainableTransformer model = TinyModel.Create(_backend);
        FeatureCache cache = new(model, "abc", _folder.File("cache"));
        Assert.Throws<OperationCanceledException>(
            () => cache.Read(_responses, new TokenReading(), new CancellationToken(canceled: true)));
        Assert.Empty(Files());
        using FeatureTable table = Read(model, new TokenReading());
        float[] row = table.Row(3).ToArray();
        Directory.Delete(_folder.File("cache"), recursive: true);
        Assert.Equal(row, table.Row(3).ToArray());
    }

    [Fact]
    public void A_head_keeps_only_the_rows_that_it_reads()
    {
        using TrainableTransformer model = TinyModel.Create(_backend);
        Read(model, new StateReading(ResponsePositions.End)).Dispose();
        Assert.Equal(64 + (_responses.Length * 16 * sizeof(float)) + 32, new FileInfo(Files()[0]).Length);
        ResponseTokens lengthy = new([.. Enumerable.Range(0, 1000)], 3);
        Assert.Equal(16, ResponsePositions.All.Count(lengthy));
        Assert.Equal((64, 999), (ResponsePositions.All.Of(lengthy).First(), ResponsePositions.All.Of(lengthy).Last()));
        Assert.Equal([999], ResponsePositions.End.Of(lengthy));
    }

    private static byte[] Flipped(byte[] bytes, int index)
    {
        byte[] copy = [.. bytes];
        copy[index] ^= 1;
        return copy;
    }

    private FeatureTable Read(TrainableTransformer model, FeatureReading reading, string folder = "cache") =>
        new FeatureCache(model, "abc", _folder.File(folder)).Read(_responses, reading, CancellationToken.None);

    private string[] Files() => Directory.GetFiles(_folder.File("cache"));
}
