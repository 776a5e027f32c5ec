using Alignment.Compute.Contract;
using Alignment.Compute.Cpu;
using Alignment.Compute.Reference;

namespace Alignment.Compute.Tests.Cpu;

public sealed class AttentionTests
{
    private const int Tokens = 53;
    private const int Layers = 2;
    private const int Layer = 1;

    public static TheoryData<SimdForm> Forms => CpuForms.All;

    [Theory]
    [MemberData(nameof(Forms))]
    public void Rotation_and_attention_agree_with_the_reference_for_any_head_size_and_grouping(SimdForm form)
    {
        using var cpu = CpuBackend.Create(2, form);
        using var reference = new ReferenceBackend();
        foreach ((int heads, int keyValueHeads, int size) in new[]
        {
            (9, 3, 64), (4, 4, 8), (6, 1, 22), (2, 2, 144), (3, 1, 80), (1, 1, 2),
        })
        {
            foreach (bool norm in new[] { false, true })
            {
                var shape = new Shape(heads, keyValueHeads, size, norm);
                Inputs.AssertClose(Run(reference, shape, Tokens), Run(cpu, shape, Tokens), 1e-5);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_token_is_bit_for_bit_the_same_however_the_prompt_is_cut_and_whatever_runs_beside_it(SimdForm form)
    {
        using var one = CpuBackend.Create(1, form);
        using var three = CpuBackend.Create(3, form);
        var shape = new Shape(6, 3, 80, true);
        float[] whole = Run(one, shape, Tokens);
        foreach (int chunk in new[] { 1, 7, 16, 40, Tokens })
        {
            Assert.Equal(whole, Run(three, shape, chunk));
        }
    }

    [Fact]
    public void A_copied_page_holds_the_same_keys_and_values_in_every_layer()
    {
        using var cpu = CpuBackend.Create(2);
        using KvCache cache = cpu.CreateCache(Layers, 4, 1, 6);
        using Tensor qkv = Inputs.Tensor(cpu, 3, 18, 1);
        using Tensor first = cpu.CreateTensor(3, 6);
        using Tensor second = cpu.CreateTensor(3, 6);
        for (int layer = 0; layer < Layers; layer++)
        {
            cpu.RotateAndStore(qkv, Rotary(6), null, [new RowSegment(0, 3, 0, [2])], 1, layer, cache);
        }

        cpu.CopyPage(2, 0, cache);
        for (int layer = 0; layer < Layers; layer++)
        {
            cpu.Attend(qkv, cache, layer, [new RowSegment(0, 3, 0, [2])], 1, first);
            cpu.Attend(qkv, cache, layer, [new RowSegment(0, 3, 0, [0])], 1, second);
            Assert.Equal(Inputs.Read(cpu, first, 3), Inputs.Read(cpu, second, 3));
        }
    }

    [Fact]
    public void Pages_outside_the_cache_and_positions_outside_the_table_are_refused()
    {
        using var cpu = CpuBackend.Create(2);
        using KvCache cache = cpu.CreateCache(1, 2, 1, 6);
        using Tensor qkv = cpu.CreateTensor(20, 18);
        Assert.ThrowsAny<ArgumentException>(() => cpu.RotateAndStore(qkv, Rotary(6), null, [new RowSegment(0, 1, 0, [2])], 1, 0, cache));
        Assert.ThrowsAny<ArgumentException>(() => cpu.RotateAndStore(qkv, Rotary(6), null, [new RowSegment(0, 20, 0, [0])], 1, 0, cache));
        Assert.ThrowsAny<ArgumentException>(
            () => cpu.RotateAndStore(qkv, new RotaryTable([1, 1, 1], 4), null, [new RowSegment(0, 1, 4, [0])], 1, 0, cache));
        Assert.ThrowsAny<ArgumentException>(() => cpu.RotateAndStore(qkv, Rotary(6), null, [new RowSegment(0, 1, 0, [0])], 1, 1, cache));
    }

    private static RotaryTable Rotary(int size) =>
        new([.. Enumerable.Range(0, size / 2).Select(i => Math.Pow(10000, -2.0 * i / size))], Tokens);

    /// <summary>Two sequences, the second one half as long, in interleaved pages; all attended rows, by row.</summary>
    private static float[] Run(IBackend backend, Shape shape, int chunk)
    {
        (int heads, int keyValueHeads, int size, bool normed) = shape;
        int columns = (heads + (2 * keyValueHeads)) * size;
        int half = Tokens / 2;
        using KvCache cache = backend.CreateCache(Layers, 8, keyValueHeads, size);
        using Tensor query = Inputs.Tensor(backend, 1, size, 3);
        using Tensor key = Inputs.Tensor(backend, 1, size, 4);
        HeadNorm? norm = normed ? new HeadNorm(query, key, 1e-6f) : null;
        using Tensor all = Inputs.Tensor(backend, Tokens + half, columns, 5, 2);
        using Tensor qkv = backend.CreateTensor(Tokens + half, columns);
        using Tensor output = backend.CreateTensor(Tokens + half, heads * size);
        var attended = new float[(Tokens + half) * heads * size];
        for (int start = 0; start < Tokens; start += chunk)
        {
            int rows = Math.Min(chunk, Tokens - start);
            int others = Math.Clamp(half - start, 0, rows);
            backend.GatherRows(all, [.. Enumerable.Range(start, rows), .. Enumerable.Range(Tokens + start, others)], qkv);
            RowSegment[] segments =
            [
                new RowSegment(0, rows, start, [6, 1, 5, 0, 3]),
                .. others > 0 ? [new RowSegment(rows, others, start, [7, 4])] : Array.Empty<RowSegment>(),
            ];
            backend.RotateAndStore(qkv, Rotary(size), norm, segments, heads, Layer, cache);
            backend.Attend(qkv, cache, Layer, segments, heads, output);
            float[] numbers = Inputs.Read(backend, output, rows + others);
            Array.Copy(numbers, 0, attended, start * heads * size, rows * heads * size);
            numbers.AsSpan(rows * heads * size).CopyTo(attended.AsSpan(Math.Min(Tokens + start, Tokens + half) * heads * size));
        }

        return attended;
    }

    private sealed record Shape(int Heads, int KeyValueHeads, int Size, bool Norm);
}
