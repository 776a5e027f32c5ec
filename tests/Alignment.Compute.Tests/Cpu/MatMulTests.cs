using Alignment.Compute.Contract;
using Alignment.Compute.Cpu;
using Alignment.Compute.Reference;

namespace Alignment.Compute.Tests.Cpu;

public sealed class MatMulTests
{
    private const int Width = 53;
    private const int Outputs = 203;
    private const int MaxRows = 21;

    /// <summary>Every tile, full and cut, and several in a row.</summary>
    private static readonly int[] s_rowCounts = [1, 2, 3, 4, 5, 7, 8, 9, 12, MaxRows];

    public static TheoryData<SimdForm> Forms => CpuForms.All;

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_number_of_rows_and_every_storage_agrees_with_the_reference(SimdForm form)
    {
        using var cpu = CpuBackend.Create(2, form);
        using var reference = new ReferenceBackend();
        foreach (DType type in Enum.GetValues<DType>())
        {
            foreach ((int outputs, int inputs) in new[] { (Outputs, Width), (32, 64), (1, 1), (31, 2), (65, 7) })
            {
                foreach (int rows in s_rowCounts)
                {
                    Inputs.AssertClose(MatMul(reference, outputs, inputs, type, rows), MatMul(cpu, outputs, inputs, type, rows), 1e-5);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Low_rank_pairs_add_to_their_rows_and_columns_only(SimdForm form)
    {
        using var cpu = CpuBackend.Create(2, form);
        using var reference = new ReferenceBackend();
        Inputs.AssertClose(WithPairs(reference, 0, 9), WithPairs(cpu, 0, 9), 1e-5);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_row_is_bit_for_bit_the_same_alone_and_among_others_on_any_number_of_threads(SimdForm form)
    {
        using var one = CpuBackend.Create(1, form);
        using var three = CpuBackend.Create(3, form);
        foreach (DType type in new[] { DType.F32, DType.Bf16 })
        {
            float[] together = MatMul(one, Outputs, Width, type, MaxRows);
            foreach (int rows in s_rowCounts)
            {
                Assert.Equal(together[..(rows * Outputs)], MatMul(three, Outputs, Width, type, rows));
            }
        }

        float[] pairs = WithPairs(one, 0, 9);
        for (int row = 0; row < 9; row++)
        {
            Assert.Equal(pairs[(row * Outputs)..((row + 1) * Outputs)], WithPairs(three, row, 1));
        }
    }

    [Fact]
    public void All_forms_give_the_same_bits()
    {
        using var scalar = CpuBackend.Create(1, SimdForm.Scalar);
        foreach (SimdForm form in CpuForms.Supported)
        {
            using var other = CpuBackend.Create(2, form);
            Assert.Equal(MatMul(scalar, Outputs, Width, DType.Bf16, 5), MatMul(other, Outputs, Width, DType.Bf16, 5));
            Assert.Equal(WithPairs(scalar, 0, 9), WithPairs(other, 0, 9));
        }
    }

    [Fact]
    public void Stacked_weights_are_one_matrix_and_an_embedding()
    {
        using var cpu = CpuBackend.Create(2);
        using var reference = new ReferenceBackend();
        Assert.Equal(Embedded(reference), Embedded(cpu));
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        using var cpu = CpuBackend.Create(1);
        using Tensor input = cpu.CreateTensor(2, 8);
        using Tensor output = cpu.CreateTensor(2, 4);
        using WeightMatrix weight = Inputs.Weight(cpu, 4, 8, DType.F32, 1);
        using Lora pair = Inputs.Pair(cpu, 4, 8, 2, 3);
        Assert.Throws<ArgumentException>(() => cpu.MatMul(input, weight, null, [], 3, output));
        Assert.Throws<ArgumentException>(() => cpu.MatMul(output, weight, null, [], 1, input));
        Assert.Throws<ArgumentException>(() => cpu.MatMul(input, weight, null, [new LoraRows(pair, 1, 2, 0)], 2, output));
        Assert.Throws<ArgumentException>(() => cpu.MatMul(input, weight, null, [new LoraRows(pair, 0, 2, 1)], 2, output));
        Assert.Throws<ArgumentException>(() => cpu.Embed(weight, [4], input));
    }

    private static float[] MatMul(IBackend backend, int outputs, int inputs, DType type, int rows)
    {
        using Tensor input = Inputs.Tensor(backend, MaxRows, inputs, 1);
        using WeightMatrix weight = Inputs.Weight(backend, outputs, inputs, type, 2);
        using Tensor bias = Inputs.Tensor(backend, 1, outputs, 3);
        using Tensor output = backend.CreateTensor(MaxRows, outputs);
        backend.MatMul(input, weight, bias, [], rows, output);
        return Inputs.Read(backend, output, rows);
    }

    /// <summary>
    /// Rows of a batch of 9: an adapter over q and v of rows 2 to 4, another over k of rows 4 to 8, a third of a higher rank over all of
    /// row 7.
    /// </summary>
    private static float[] WithPairs(IBackend backend, int firstRow, int rows)
    {
        using Tensor all = Inputs.Tensor(backend, 9, Width, 1);
        using Tensor input = backend.CreateTensor(rows, Width);
        backend.GatherRows(all, [.. Enumerable.Range(firstRow, rows)], input);
        using WeightMatrix weight = Inputs.Weight(backend, Outputs, Width, DType.Bf16, 2);
        using Tensor output = backend.CreateTensor(rows, Outputs);
        using Lora query = Inputs.Pair(backend, 100, Width, 5, 10);
        using Lora value = Inputs.Pair(backend, 71, Width, 16, 20);
        using Lora key = Inputs.Pair(backend, 32, Width, 8, 30);
        using Lora whole = Inputs.Pair(backend, Outputs, Width, 33, 40);
        (Lora Pair, int First, int Last, int Column)[] places = [(query, 2, 4, 0), (value, 2, 4, 132), (key, 4, 8, 100), (whole, 7, 7, 0)];
        LoraRows[] pairs =
        [
            .. places.Select(
                place => (
                    place.Pair, First: Math.Max(place.First, firstRow), Last: Math.Min(place.Last, firstRow + rows - 1), place.Column))
                .Where(place => place.First <= place.Last)
                .Select(place => new LoraRows(place.Pair, place.First - firstRow, place.Last - place.First + 1, place.Column)),
        ];
        backend.MatMul(input, weight, null, pairs, rows, output);
        return Inputs.Read(backend, output, rows);
    }

    private static unsafe float[] Embedded(IBackend backend)
    {
        float[] first = Inputs.Numbers(5 * 3, 1);
        float[] second = Inputs.Numbers(40 * 3, 2);
        fixed (float* firstData = first, secondData = second)
        {
            using WeightMatrix matrix = backend.Pack(
                [new WeightSource((byte*)firstData, 5, 3, DType.F32), new WeightSource((byte*)secondData, 40, 3, DType.F32)]);
            using Tensor output = backend.CreateTensor(4, 3);
            backend.Embed(matrix, [44, 0, 5, 4], output);
            return Inputs.Read(backend, output, 4);
        }
    }
}
