using Alignment.Compute.Contract;
using Alignment.Compute.Contract.Random;
using Alignment.Compute.Cpu;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Models.Tests.Transformers;

/// <summary>Taps and edits between the layers, over a random model. The last layer is number <see cref="Last"/>.</summary>
public sealed class HiddenStateTests : IDisposable
{
    private const int Last = 2;
    private const int Tokens = 9;

    private static readonly TinyShape s_shape = new(Layers: Last + 1);

    private readonly TemporaryFolder _folder = new();
    private readonly IBackend _backend = CpuBackend.Create(threads: 2);
    private readonly Checkpoint _checkpoint;
    private readonly Transformer _model;
    private readonly Tensor _vectors;

    public HiddenStateTests()
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama, shape: s_shape);
        _checkpoint = Checkpoint.Open(_folder.Path);
        _model = Transformer.Load(_checkpoint, _backend, new TransformerLimits(MaxRows: 32, MaxOutputs: 2 * Tokens, MaxTaps: 2 * Tokens));
        _vectors = _backend.CreateTensor(2, s_shape.Hidden);
        _backend.Upload([.. Vector(0), .. Vector(1)], 0, _vectors);
    }

    public void Dispose()
    {
        _vectors.Dispose();
        _model.Dispose();
        _checkpoint.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void An_edit_without_strength_changes_no_bit()
    {
        float[][] edited = Run(edit: batch =>
        {
            batch.AddEdit(new(0), _vectors, new RowEdit(0, 2 * Tokens, 1, 0));
            batch.AddEdit(new(Last), _vectors, new RowEdit(3, 2, 0, 0));
        });
        Assert.Equal(Run(), edited);
    }

    [Fact]
    public void The_last_layers_tap_is_what_the_final_norm_reads()
    {
        float[][] tapped = Run(tap: batch =>
        {
            for (int row = 0; row < 2 * Tokens; row++)
            {
                batch.AddTap(new(Last), row);
            }
        })[(2 * Tokens)..];
        float[][] hidden = Run();
        Assert.All(hidden.Zip(tapped), pair => AssertClose(pair.First, Normed(pair.Second)));
    }

    [Fact]
    public void Taps_of_several_places_in_any_order_are_what_each_gives_alone()
    {
        float[][] together = Run(tap: batch =>
        {
            Assert.Equal(0, batch.AddTap(new(1), 17));
            Assert.Equal(1, batch.AddTap(new(Last), 5));
            Assert.Equal(2, batch.AddTap(new(0), 5));
            Assert.Equal(3, batch.AddTap(new(1, HiddenSite.Attention), 0));
            Assert.Equal(4, batch.AddTap(new(1), 0));
        })[(2 * Tokens)..];
        Assert.Equal(
            [Tapped(new(1), 17), Tapped(new(Last), 5), Tapped(new(0), 5), Tapped(new(1, HiddenSite.Attention), 0), Tapped(new(1), 0)],
            together);
        Assert.Equal(5, together.Select(row => row[0]).Distinct().Count());
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(Last)]
    public void An_edit_adds_its_vector_to_what_leaves_the_layer(int layer)
    {
        float[] plain = Tapped(new(layer), 4);
        float[] edited = Tapped(new(layer), 4, batch =>
        {
            batch.AddEdit(new(layer), _vectors, new RowEdit(4, 1, 0, 1.5f));
            batch.AddEdit(new(layer), _vectors, new RowEdit(0, Tokens, 1, -4));
        });
        AssertClose([.. plain.Select((value, i) => value + (1.5f * Vector(0)[i]) - (4 * Vector(1)[i]))], edited);
    }

    /// <summary>The attention's output is edited where it is tapped; what comes before it stays, what comes after it moves.</summary>
    [Fact]
    public void An_edit_of_the_attentions_output_adds_its_vector_there()
    {
        HiddenPlace attention = new(1, HiddenSite.Attention);
        float[] plain = Tapped(attention, 4);
        float[] edited = Tapped(attention, 4, Edit);
        AssertClose([.. plain.Select((value, i) => value + (2 * Vector(1)[i]))], edited);
        Assert.Equal(Tapped(new(0), 4), Tapped(new(0), 4, Edit));
        Assert.NotEqual(Tapped(new(1), 4), Tapped(new(1), 4, Edit));

        void Edit(ForwardBatch batch) => batch.AddEdit(attention, _vectors, new RowEdit(4, 1, 1, 2));
    }

    [Fact]
    public void An_edit_of_the_last_layer_moves_the_result_as_arithmetic_says()
    {
        float[] plain = Tapped(new(Last), 7);
        float[][] edited = Run(edit: batch => batch.AddEdit(new(Last), _vectors, new RowEdit(7, 1, 0, 2)));
        AssertClose(Normed([.. plain.Select((value, i) => value + (2 * Vector(0)[i]))]), edited[7]);
        float[][] unedited = Run();
        Assert.All(Enumerable.Range(0, 2 * Tokens).Where(row => row != 7), row => Assert.Equal(unedited[row], edited[row]));
    }

    [Fact]
    public void An_edit_reaches_later_tokens_of_its_sequence_only()
    {
        float[][] plain = Run();
        float[][] edited = Run(edit: batch => batch.AddEdit(new(0), _vectors, new RowEdit(3, 2, 0, 2)));
        Assert.All(
            Enumerable.Range(0, 2 * Tokens),
            row => Assert.Equal(row is >= 3 and < Tokens, !plain[row].AsSpan().SequenceEqual(edited[row])));
    }

    [Theory]
    [InlineData(1), InlineData(4)]
    public void A_prompt_in_pieces_gives_the_same_bits_with_edits(int piece)
    {
        float[][] whole = Run(edit: batch =>
        {
            batch.AddEdit(new(1), _vectors, new RowEdit(0, Tokens, 0, 2));
            batch.AddEdit(new(0), _vectors, new RowEdit(0, Tokens, 1, -1));
        })[..Tokens];
        using KvCache cache = _model.CreateCache(1);
        var batch = new ForwardBatch(_model.Limits);
        List<float[]> rows = [];
        for (int start = 0; start < Tokens; start += piece)
        {
            int[] tokens = Prompt(0)[start..Math.Min(Tokens, start + piece)];
            batch.Clear();
            batch.AddSegment(tokens, start, [0], null);
            batch.AddEdit(new(1), _vectors, new RowEdit(0, tokens.Length, 0, 2));
            batch.AddEdit(new(0), _vectors, new RowEdit(0, tokens.Length, 1, -1));
            AddOutputs(batch);
            _model.Forward(batch, cache);
            rows.AddRange(Read(_model.Hidden, tokens.Length));
        }

        Assert.Equal(whole, rows);
    }

    [Fact]
    public void A_pass_that_was_given_up_between_two_layers_leaves_no_trace_in_the_next()
    {
        float[][] whole = Run();
        using KvCache cache = _model.CreateCache(1);
        var batch = new ForwardBatch(_model.Limits);
        batch.AddSegment([.. Prompt(0).Reverse()], 0, [0], null);
        int asked = 0;
        Assert.False(_model.TryForward(batch, cache, () => ++asked == 1));
        Assert.Equal(1, asked);
        batch.Clear();
        batch.AddSegment(Prompt(0), 0, [0], null);
        AddOutputs(batch);
        Assert.True(_model.TryForward(batch, cache, () => false));
        Assert.Equal(whole[..Tokens], Read(_model.Hidden, Tokens));
    }

    /// <summary>
    /// A vector so large that it swallows what was added before it, and its negative: only what comes after them is left.
    /// </summary>
    [Fact]
    public void A_row_gets_edits_of_several_tensors_in_the_order_that_they_were_added()
    {
        using Tensor large = _backend.CreateTensor(1, s_shape.Hidden);
        _backend.Upload([.. Enumerable.Repeat(1e20f, s_shape.Hidden)], 0, large);
        float[] swallowed = Tapped(new(1), 4, Swallow);
        float[] edited = Tapped(new(1), 4, batch =>
        {
            batch.AddEdit(new(1), _vectors, new RowEdit(4, 1, 0, 1));
            Swallow(batch);
            batch.AddEdit(new(1), _vectors, new RowEdit(4, 1, 1, 1));
        });
        Assert.Equal(swallowed.Zip(Vector(1), (value, added) => value + added), edited);

        void Swallow(ForwardBatch batch)
        {
            batch.AddEdit(new(1), large, new RowEdit(4, 1, 0, 1));
            batch.AddEdit(new(1), large, new RowEdit(4, 1, 0, -1));
        }
    }

    [Fact]
    public void A_pass_with_edits_and_taps_allocates_nothing()
    {
        using KvCache cache = _model.CreateCache(1);
        var batch = new ForwardBatch(_model.Limits);
        int[] tokens = Prompt(0);
        int[] pages = [0];
        Pass();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Pass();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Pass()
        {
            batch.Clear();
            batch.AddSegment(tokens, 0, pages, null);
            batch.AddEdit(new(1), _vectors, new RowEdit(0, Tokens, 0, 2));
            batch.AddEdit(new(0, HiddenSite.Attention), _vectors, new RowEdit(0, Tokens, 1, 2));
            batch.AddTap(new(0), 3);
            batch.AddTap(new(Last), 3);
            _model.Forward(batch, cache);
        }
    }

    [Fact]
    public void Mistakes_are_refused()
    {
        using KvCache cache = _model.CreateCache(1);
        var batch = new ForwardBatch(_model.Limits);
        batch.AddSegment(Prompt(0), 0, [0], null);
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.AddEdit(new(0), _vectors, new RowEdit(0, Tokens + 1, 0, 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.AddEdit(new(0), _vectors, new RowEdit(0, 1, 2, 1)));
        for (int tap = 0; tap < 2 * Tokens; tap++)
        {
            Assert.Equal(tap, batch.AddTap(new(tap % 2), 1));
        }

        Assert.Throws<InvalidOperationException>(() => batch.AddTap(new(0), 1));
        batch.AddEdit(new(Last + 1), _vectors, new RowEdit(0, 1, 0, 1));
        Assert.Throws<ArgumentException>(() => _model.Forward(batch, cache));
        Assert.Throws<InvalidOperationException>(() => new ForwardBatch(new TransformerLimits()).AddTap(new(0), 0));
        using Transformer untapped = Transformer.Load(_checkpoint, _backend, new TransformerLimits(4, 2));
        Assert.Throws<InvalidOperationException>(() => untapped.Tapped);
    }

    private static int[] Prompt(int index) => [.. Enumerable.Range(0, Tokens).Select(i => ((i * 37) + (index * 11) + 3) % 256)];

    private static float[] Vector(int index) =>
        [.. Enumerable.Range(0, s_shape.Hidden).Select(i => (float)((2 * Philox.Uniform(5, (ulong)i, (ulong)index)) - 1))];

    private static void AssertClose(float[] expected, float[] actual) =>
        Assert.Equal(expected, actual, (x, y) => Math.Abs(x - y) <= 1e-5 * (1 + Math.Abs(x)));

    /// <summary>The final norm by hand.</summary>
    private static float[] Normed(float[] residual)
    {
        float[] weight =
            TinyCheckpoint.Tensors(TinyArchitecture.Llama, s_shape, 1).Single(tensor => tensor.Name == "model.norm.weight").Numbers;
        double scale = 1 / Math.Sqrt(residual.Average(value => (double)value * value) + 1e-5);
        return [.. residual.Select((value, i) => (float)(value * scale * weight[i]))];
    }

    private static void AddOutputs(ForwardBatch batch)
    {
        for (int row = 0; row < batch.Rows; row++)
        {
            batch.AddOutput(row, logits: false);
        }
    }

    /// <summary>Two prompts in one pass: the hidden state of every row after the final norm, then the taps.</summary>
    private float[][] Run(Action<ForwardBatch>? edit = null, Action<ForwardBatch>? tap = null)
    {
        using KvCache cache = _model.CreateCache(2);
        var batch = new ForwardBatch(_model.Limits);
        batch.AddSegment(Prompt(0), 0, [0], null);
        batch.AddSegment(Prompt(1), 0, [1], null);
        AddOutputs(batch);
        edit?.Invoke(batch);
        tap?.Invoke(batch);
        _model.Forward(batch, cache);
        return [.. Read(_model.Hidden, batch.Outputs), .. Read(_model.Tapped, batch.TapCount)];
    }

    private float[] Tapped(HiddenPlace place, int row, Action<ForwardBatch>? edit = null) =>
        Run(edit, batch => batch.AddTap(place, row))[^1];

    private float[][] Read(Tensor tensor, int rows) => [.. Enumerable.Range(0, rows).Select(row =>
    {
        float[] numbers = new float[tensor.Columns];
        _backend.Download(tensor, row, numbers);
        return numbers;
    })];
}
