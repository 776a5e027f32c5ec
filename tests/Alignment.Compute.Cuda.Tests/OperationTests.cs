using System.Runtime.CompilerServices;
using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cuda.Session;
using Alignment.Compute.Reference;
using Alignment.Compute.Tests.Cpu;

namespace Alignment.Compute.Cuda.Tests;

/// <summary>
/// Every kernel against the reference, at sizes that are multiples of nothing, whatever order the threads of a block run in.
/// </summary>
[Collection(nameof(TestDevice))]
public sealed class OperationTests
{
    private const int Rows = 11;
    private const int Layers = 2;

    /// <summary>Keys, values and weights of attention are f16: eleven bits.</summary>
    private const double AttentionTolerance = 2e-3;

    private delegate float[] Work(IBackend backend);

    [CudaTheory]
    [InlineData(0), InlineData(1), InlineData(2)]
    public void Row_operations_agree_with_the_reference(int order)
    {
        foreach (int columns in new[] { 1, 6, 33, 300, 1030 })
        {
            Compare(order, backend => Norm(backend, columns), 1e-5);
            Compare(order, backend => AddNorm(backend, columns), 1e-5);
            Compare(order, backend => Activations(backend, columns), 1e-5);
            Compare(order, backend => Embedded(backend, columns), 0);
        }
    }

    [CudaTheory]
    [InlineData(0), InlineData(1), InlineData(2)]
    public void Matmuls_agree_with_the_reference(int order)
    {
        foreach (DType type in Enum.GetValues<DType>())
        {
            foreach ((int outputs, int inputs) in new[] { (1, 1), (31, 7), (65, 53), (70, 264), (17, 8), (33, 2120) })
            {
                foreach (int rows in new[] { 1, 8, Rows, 24, 50, 90, 131 })
                {
                    Compare(order, backend => MatMul(backend, outputs, inputs, type, rows, withPairs: false), 1e-5);
                }
            }

            Compare(order, backend => MatMul(backend, 65, 53, type, Rows, withPairs: true), 1e-5);
        }
    }

    [CudaTheory]
    [InlineData(0), InlineData(1), InlineData(2)]
    public void Rotation_and_attention_agree_with_the_reference(int order)
    {
        foreach ((int heads, int keyValueHeads, int size) in new[] { (4, 2, 64), (3, 1, 10), (20, 1, 80), (2, 2, 144), (1, 1, 2) })
        {
            Compare(order, backend => Attended(backend, heads, keyValueHeads, size, normed: false, chunk: 37), AttentionTolerance);
            Compare(order, backend => Attended(backend, heads, keyValueHeads, size, normed: true, chunk: 37), AttentionTolerance);
        }
    }

    [CudaFact]
    public void A_row_is_bit_for_bit_the_same_alone_and_among_others_and_however_its_prompt_is_cut()
    {
        using CudaBackend cuda = new();
        float[] together = MatMul(cuda, 65, 264, DType.Bf16, Rows, withPairs: false);
        Assert.Equal(together[..65], MatMul(cuda, 65, 264, DType.Bf16, 1, withPairs: false));
        float[] whole = Attended(cuda, 4, 2, 64, normed: true, chunk: 37);
        Assert.Equal(whole, Attended(cuda, 4, 2, 64, normed: true, chunk: 1));
        Assert.Equal(whole, Attended(cuda, 4, 2, 64, normed: true, chunk: 16));
    }

    /// <summary>
    /// Every kind of matmul and the splits of long sequences meet here: rows that were computed by one are computed by another.
    /// </summary>
    [CudaFact]
    public void A_row_has_the_same_bits_in_products_of_any_number_of_rows_and_over_many_splits()
    {
        using CudaBackend cuda = new();
        foreach (DType type in new[] { DType.Bf16, DType.F16 })
        {
            float[] many = MatMul(cuda, 33, 2120, type, 131, withPairs: false);
            foreach (int rows in new[] { 1, 8, 9, 24, 64, 101 })
            {
                Assert.Equal(many[..(rows * 33)], MatMul(cuda, 33, 2120, type, rows, withPairs: false));
            }
        }

        float[] wide = MatMul(cuda, KernelSet.LeastWide, 40, DType.Bf16, 65, withPairs: false);
        Assert.Equal(wide[..(50 * KernelSet.LeastWide)], MatMul(cuda, KernelSet.LeastWide, 40, DType.Bf16, 50, withPairs: false));
        float[] whole = LongAttention(cuda, chunk: 1100);
        Assert.Equal(whole, LongAttention(cuda, chunk: 300));
        Assert.Equal(whole[^96..], LongAttention(cuda, chunk: 1099)[^96..]);
        using ReferenceBackend reference = new();
        Inputs.AssertClose(LongAttention(reference, chunk: 1100), whole, AttentionTolerance);
    }

    [CudaFact]
    public void Products_by_the_library_agree_with_the_reference()
    {
        Environment.SetEnvironmentVariable("ALIGNMENT_CUDA_MATMUL", "cublaslt");
        try
        {
            Compare(0, backend => MatMul(backend, 33, 264, DType.Bf16, 131, withPairs: false), 1e-5);
            Compare(0, backend => MatMul(backend, 33, 264, DType.F16, 131, withPairs: true), 1e-5);
            Compare(0, backend => MatMul(backend, 33, 264, DType.F16, 5, withPairs: false), 1e-5);
            Environment.SetEnvironmentVariable("ALIGNMENT_CUDA_MATMUL", "magic");
            Assert.Contains("magic", Assert.Throws<InvalidOperationException>(() => new CudaBackend()).Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("ALIGNMENT_CUDA_MATMUL", null);
        }
    }

    /// <summary>Nothing is read back in between, so both calls travel in one post.</summary>
    [CudaFact]
    public void A_page_list_may_change_between_two_calls()
    {
        using CudaBackend cuda = new();
        RotaryTable rotary = new([1, 0.5, 0.25, 0.125], 4);
        using KvCache cache = cuda.CreateCache(1, 2, 1, 8);
        using Tensor qkv = Inputs.Tensor(cuda, 1, 24, 1);
        using Tensor other = Inputs.Tensor(cuda, 1, 24, 2);
        using Tensor first = cuda.CreateTensor(1, 8);
        using Tensor second = cuda.CreateTensor(1, 8);
        int[] pages = [0];
        RowSegment[] segments = [new RowSegment(0, 1, 0, pages)];
        cuda.RotateAndStore(qkv, rotary, null, segments, 1, 0, cache);
        pages[0] = 1;
        cuda.RotateAndStore(other, rotary, null, segments, 1, 0, cache);
        cuda.Attend(other, cache, 0, segments, 1, second);
        pages[0] = 0;
        cuda.Attend(qkv, cache, 0, segments, 1, first);
        Inputs.AssertClose(Inputs.Numbers(24, 1)[16..], Inputs.Read(cuda, first, 1), AttentionTolerance);
        Inputs.AssertClose(Inputs.Numbers(24, 2)[16..], Inputs.Read(cuda, second, 1), AttentionTolerance);
    }

    /// <summary>A backend lives as long as a server, and may see many caches come and go.</summary>
    [CudaFact]
    public void A_disposed_cache_is_forgotten()
    {
        using CudaBackend cuda = new();
        WeakReference cache = UseCache(cuda);
        GC.Collect();
        Assert.False(cache.IsAlive);
    }

    [CudaFact]
    public void Nothing_is_done_for_no_rows()
    {
        using CudaBackend cuda = new();
        using KvCache cache = cuda.CreateCache(1, 2, 1, 8);
        using Tensor tensor = Inputs.Tensor(cuda, 3, 24, 1);
        using Tensor output = Inputs.Tensor(cuda, 3, 24, 2);
        using Tensor heads = Inputs.Tensor(cuda, 3, 8, 2);
        using WeightMatrix weight = Inputs.Weight(cuda, 24, 24, DType.Bf16, 1);
        using Lora pair = Inputs.Pair(cuda, 24, 24, 3, 4);
        cuda.Embed(weight, [], output);
        cuda.RmsNorm(tensor, tensor, 1e-5f, 0, output);
        cuda.MatMul(tensor, weight, null, [], 0, output);
        cuda.MatMul(tensor, weight, null, [new LoraRows(pair, 0, 0, 0)], 0, output);
        cuda.RotateAndStore(output, new RotaryTable([1, 0.5, 0.25, 0.125], 4), null, [], 1, 0, cache);
        cuda.Attend(output, cache, 0, [], 1, heads);
        cuda.GatherRows(tensor, [], output);
        cuda.AddToRows(tensor, [], output);
        cuda.ChooseNextTokens([]);
        Assert.Equal(Inputs.Numbers(72, 2), Inputs.Read(cuda, output, 3));
        Assert.Equal(Inputs.Numbers(24, 2), Inputs.Read(cuda, heads, 3));
    }

    [CudaFact]
    public void Mistakes_are_refused_before_a_kernel_sees_them()
    {
        using CudaBackend cuda = new();
        using KvCache cache = cuda.CreateCache(1, 2, 1, 6);
        using Tensor qkv = cuda.CreateTensor(20, 18);
        using WeightMatrix weight = Inputs.Weight(cuda, 5, 18, DType.F32, 1);
        Assert.Throws<ArgumentException>(() => cuda.MatMul(qkv, weight, null, [], 21, qkv));
        Assert.Throws<ArgumentException>(() => cuda.Embed(weight, [5], qkv));
        Assert.Throws<ArgumentException>(() => cuda.Attend(qkv, cache, 0, [new RowSegment(0, 20, 0, [0])], 1, qkv));
        Assert.Throws<ArgumentException>(() => cuda.Attend(qkv, cache, 1, [new RowSegment(0, 1, 0, [0])], 1, qkv));
        Assert.Throws<ArgumentException>(() => cuda.CopyPage(0, 2, cache));
        NextTokenRow row = new(qkv, 19, 18, [], 0, new NextTokenRule(), null, 0, 0, new TokenChoice(0, 0));
        Assert.Throws<ArgumentException>(() => cuda.ChooseNextTokens([row with { Row = 20 }]));
        Assert.Throws<ArgumentException>(() => cuda.ChooseNextTokens([row with { Vocabulary = 19 }]));
        Assert.Throws<ArgumentException>(() => cuda.ChooseNextTokens([row with { Given = 18 }]));
        Assert.Throws<InsufficientMemoryException>(() => cuda.CreateTensor(int.MaxValue, 1 << 20));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference UseCache(CudaBackend cuda)
    {
        using KvCache cache = cuda.CreateCache(1, 2, 1, 8);
        using Tensor qkv = Inputs.Tensor(cuda, 1, 24, 1);
        using Tensor output = cuda.CreateTensor(1, 8);
        RowSegment[] segments = [new RowSegment(0, 1, 0, [0])];
        cuda.RotateAndStore(qkv, new RotaryTable([1, 0.5, 0.25, 0.125], 4), null, segments, 1, 0, cache);
        cuda.Attend(qkv, cache, 0, segments, 1, output);
        Inputs.Read(cuda, output, 1);
        return new WeakReference(cache);
    }

    private static void Compare(int order, Work work, double tolerance)
    {
        TestDevice.SetOrder(order);
        using CudaBackend cuda = new();
        using ReferenceBackend reference = new();
        Inputs.AssertClose(work(reference), work(cuda), tolerance);
    }

    private static float[] Norm(IBackend backend, int columns)
    {
        using Tensor input = Inputs.Tensor(backend, Rows, 3 * columns, 1, 3);
        using Tensor weight = Inputs.Tensor(backend, 1, columns, 2);
        using Tensor output = backend.CreateTensor(Rows, 3 * columns);
        backend.RmsNorm(input, weight, 1e-5f, Rows, output);
        return Inputs.Read(backend, output, Rows);
    }

    private static float[] AddNorm(IBackend backend, int columns)
    {
        using Tensor residual = Inputs.Tensor(backend, Rows, columns, 1, 3);
        using Tensor delta = Inputs.Tensor(backend, Rows, columns, 2);
        using Tensor weight = Inputs.Tensor(backend, 1, columns, 3);
        using Tensor output = backend.CreateTensor(Rows, columns);
        backend.AddRmsNorm(delta, weight, 1e-5f, Rows, residual, output);
        return [.. Inputs.Read(backend, output, Rows), .. Inputs.Read(backend, residual, Rows)];
    }

    private static float[] Activations(IBackend backend, int columns)
    {
        using Tensor input = Inputs.Tensor(backend, Rows, 2 * columns, 1, 9);
        using Tensor gated = backend.CreateTensor(Rows, columns);
        using Tensor gathered = backend.CreateTensor(3, columns);
        backend.GatedActivation(input, Rows, gated);
        backend.Silu(Rows, input);
        backend.GatherRows(gated, [4, 0, 4], gathered);
        return [.. Inputs.Read(backend, gated, Rows), .. Inputs.Read(backend, input, Rows), .. Inputs.Read(backend, gathered, 3)];
    }

    private static float[] Embedded(IBackend backend, int columns)
    {
        using WeightMatrix embedding = Inputs.Weight(backend, 9, columns, DType.Bf16, 1);
        using Tensor output = backend.CreateTensor(4, columns);
        backend.Embed(embedding, [8, 0, 3, 3], output);
        return Inputs.Read(backend, output, 4);
    }

    private static float[] MatMul(IBackend backend, int outputs, int inputs, DType type, int rows, bool withPairs)
    {
        using WeightMatrix weight = Inputs.Weight(backend, outputs, inputs, type, 1);
        using Tensor input = backend.CreateTensor(Math.Max(Rows, rows), inputs);
        backend.Upload(Array.ConvertAll(Inputs.Numbers(input.Rows * inputs, 2), Coarse), 0, input);
        using Tensor bias = Inputs.Tensor(backend, 1, outputs, 3);
        using Tensor output = backend.CreateTensor(input.Rows, outputs);
        using Lora first = Inputs.Pair(backend, Math.Max(1, outputs / 2), inputs, 3, 4);
        using Lora second = Inputs.Pair(backend, Math.Max(1, outputs / 3), inputs, 9, 5);
        LoraRows[] pairs = withPairs
            ? [new LoraRows(first, 0, rows, 0), new LoraRows(second, 3, 5, outputs / 2), new LoraRows(second, 9, 1, outputs / 2)]
            : [];
        backend.MatMul(input, weight, withPairs ? null : bias, pairs, rows, output);
        return Inputs.Read(backend, output, rows);
    }

    /// <summary>Numbers that 16 bits hold exactly, so that what is left to differ is the order of summation.</summary>
    private static float Coarse(float number) => MathF.Round(number * 128) / 128;

    /// <summary>
    /// Two sequences in interleaved pages, the second half as long; the first one's pages are copied before it attends a last time.
    /// </summary>
    private static float[] Attended(IBackend backend, int heads, int keyValueHeads, int size, bool normed, int chunk)
    {
        const int Tokens = 37;
        int columns = (heads + (2 * keyValueHeads)) * size;
        RotaryTable rotary = new([.. Enumerable.Range(0, size / 2).Select(i => Math.Pow(10000, -2.0 * i / size))], Tokens + 1);
        using KvCache cache = backend.CreateCache(Layers, 8, keyValueHeads, size);
        using Tensor query = Inputs.Tensor(backend, 1, size, 3);
        using Tensor key = Inputs.Tensor(backend, 1, size, 4);
        using Tensor all = Inputs.Tensor(backend, Tokens + (Tokens / 2), columns, 5, 2);
        using Tensor qkv = backend.CreateTensor(Tokens + (Tokens / 2), columns);
        using Tensor output = backend.CreateTensor(Tokens + (Tokens / 2), heads * size);
        List<float> first = [];
        List<float> second = [];
        for (int start = 0; start < Tokens; start += chunk)
        {
            int rows = Math.Min(chunk, Tokens - start);
            int others = Math.Clamp((Tokens / 2) - start, 0, rows);
            backend.GatherRows(all, [.. Enumerable.Range(start, rows), .. Enumerable.Range(Tokens + start, others)], qkv);
            RowSegment[] segments =
            [
                new RowSegment(0, rows, start, [6, 1, 5]),
                .. others > 0 ? [new RowSegment(rows, others, start, [7, 4])] : Array.Empty<RowSegment>(),
            ];
            for (int layer = 0; layer < Layers; layer++)
            {
                backend.GatherRows(all, [.. Enumerable.Range(start, rows), .. Enumerable.Range(Tokens + start, others)], qkv);
                backend.RotateAndStore(qkv, rotary, normed ? new HeadNorm(query, key, 1e-6f) : null, segments, heads, layer, cache);
            }

            backend.Attend(qkv, cache, Layers - 1, segments, heads, output);
            float[] numbers = Inputs.Read(backend, output, rows + others);
            first.AddRange(numbers[..(rows * heads * size)]);
            second.AddRange(numbers[(rows * heads * size)..]);
        }

        backend.CopyPage(5, 2, cache);
        backend.GatherRows(all, [Tokens - 1], qkv);
        backend.Attend(qkv, cache, Layers - 1, [new RowSegment(0, 1, Tokens - 1, [6, 1, 2])], heads, output);
        return [.. first, .. second, .. Inputs.Read(backend, output, 1)];
    }

    /// <summary>Rows of a sequence long enough for three splits, from position 1,090 on.</summary>
    private static float[] LongAttention(IBackend backend, int chunk)
    {
        const int Tokens = 1100;
        const int Size = 16;
        const int Heads = 6;
        int[] pages = [.. Enumerable.Range(0, 69).Reverse()];
        RotaryTable rotary = new([.. Enumerable.Range(0, Size / 2).Select(i => Math.Pow(10000, -2.0 * i / Size))], Tokens);
        using KvCache cache = backend.CreateCache(1, 69, 2, Size);
        using Tensor qkv = backend.CreateTensor(Tokens, (Heads + 4) * Size);
        using Tensor output = backend.CreateTensor(Tokens, Heads * Size);
        float[] numbers = Inputs.Numbers(qkv.Rows * qkv.Columns, 7, 2);
        List<float> rows = [];
        for (int start = 0; start < Tokens; start += chunk)
        {
            int count = Math.Min(chunk, Tokens - start);
            backend.Upload(numbers.AsSpan(start * qkv.Columns, count * qkv.Columns), 0, qkv);
            RowSegment[] segment = [new RowSegment(0, count, start, pages)];
            backend.RotateAndStore(qkv, rotary, null, segment, Heads, 0, cache);
            backend.Attend(qkv, cache, 0, segment, Heads, output);
            float[] attended = Inputs.Read(backend, output, count);
            rows.AddRange(attended.Skip(Math.Max(0, 1090 - start) * output.Columns));
        }

        return [.. rows];
    }
}
