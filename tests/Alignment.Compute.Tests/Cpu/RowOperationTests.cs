using Alignment.Compute.Contract;
using Alignment.Compute.Cpu;
using Alignment.Compute.Reference;

namespace Alignment.Compute.Tests.Cpu;

public sealed class RowOperationTests
{
    private const int Rows = 7;

    public static TheoryData<SimdForm> Forms => CpuForms.All;

    [Theory]
    [MemberData(nameof(Forms))]
    public void Norms_and_activations_agree_with_the_reference(SimdForm form)
    {
        using var cpu = CpuBackend.Create(2, form);
        using var reference = new ReferenceBackend();
        foreach (int columns in new[] { 1, 6, 16, 30, 33, 96, 1030 })
        {
            foreach (Func<IBackend, int, int, float[]> operation in new[] { Norm, NormByGroups, AddNorm, Gate, Silu, Edit, Gather })
            {
                Inputs.AssertClose(operation(reference, columns, Rows), operation(cpu, columns, Rows), 2e-6);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_row_does_not_depend_on_the_others_or_on_the_threads(SimdForm form)
    {
        using var one = CpuBackend.Create(1, form);
        using var three = CpuBackend.Create(3, form);
        foreach (Func<IBackend, int, int, float[]> operation in new[] { Norm, NormByGroups, AddNorm, Gate, Silu, Edit })
        {
            Assert.Equal(operation(one, 1030, Rows)[..1030], operation(three, 1030, 1)[..1030]);
            Assert.Equal(operation(one, 1030, Rows), operation(three, 1030, Rows));
        }
    }

    [Fact]
    public void An_edit_outside_the_rows_or_the_vectors_is_refused()
    {
        using var cpu = CpuBackend.Create(1);
        using Tensor vectors = cpu.CreateTensor(2, 4);
        using Tensor narrow = cpu.CreateTensor(2, 3);
        using Tensor values = cpu.CreateTensor(5, 4);
        foreach (RowEdit edit in new[]
        {
            new RowEdit(0, 6, 0, 1), new RowEdit(-1, 1, 0, 1), new RowEdit(5, 1, 0, 1), new RowEdit(0, 1, 2, 1), new RowEdit(0, 1, -1, 1),
            new RowEdit(int.MaxValue, 1, 0, 1),
        })
        {
            Assert.Throws<ArgumentException>(() => cpu.AddToRows(vectors, [edit], values));
        }

        Assert.Throws<ArgumentException>(() => cpu.AddToRows(narrow, [new RowEdit(0, 1, 0, 1)], values));
    }

    [Fact]
    public void An_activation_of_large_numbers_stays_finite()
    {
        using var cpu = CpuBackend.Create(1);
        using Tensor values = cpu.CreateTensor(1, 4);
        cpu.Upload([1000, -1000, float.MaxValue, float.MinValue], 0, values);
        cpu.Silu(1, values);
        Assert.Equal([1000, 0, float.MaxValue, 0], Inputs.Read(cpu, values, 1).Select(value => value == 0 ? 0 : value));
    }

    private static float[] Norm(IBackend backend, int columns, int rows)
    {
        using Tensor input = Inputs.Tensor(backend, rows, columns, 1, 3);
        using Tensor weight = Inputs.Tensor(backend, 1, columns, 2);
        using Tensor output = backend.CreateTensor(rows, columns);
        backend.RmsNorm(input, weight, 1e-5f, rows, output);
        return Inputs.Read(backend, output, rows);
    }

    private static float[] NormByGroups(IBackend backend, int columns, int rows)
    {
        using Tensor input = Inputs.Tensor(backend, rows, columns, 1);
        using Tensor weight = Inputs.Tensor(backend, 1, columns % 3 == 0 ? columns / 3 : columns, 2);
        backend.RmsNorm(input, weight, 1e-5f, rows, input);
        return Inputs.Read(backend, input, rows);
    }

    private static float[] AddNorm(IBackend backend, int columns, int rows)
    {
        using Tensor delta = Inputs.Tensor(backend, rows, columns, 1);
        using Tensor residual = Inputs.Tensor(backend, rows, columns, 2);
        using Tensor weight = Inputs.Tensor(backend, 1, columns, 3);
        using Tensor output = backend.CreateTensor(rows, columns);
        backend.AddRmsNorm(delta, weight, 1e-5f, rows, residual, output);
        return [.. Inputs.Read(backend, output, rows), .. Inputs.Read(backend, residual, rows)];
    }

    private static float[] Gate(IBackend backend, int columns, int rows)
    {
        using Tensor input = Inputs.Tensor(backend, rows, columns * 2, 1, 20);
        using Tensor output = backend.CreateTensor(rows, columns);
        backend.GatedActivation(input, rows, output);
        return Inputs.Read(backend, output, rows);
    }

    private static float[] Silu(IBackend backend, int columns, int rows)
    {
        using Tensor values = Inputs.Tensor(backend, rows, columns, 1, 100);
        backend.Silu(rows, values);
        return Inputs.Read(backend, values, rows);
    }

    /// <summary>Rows with no, one and several edits.</summary>
    private static float[] Edit(IBackend backend, int columns, int rows)
    {
        using Tensor vectors = Inputs.Tensor(backend, 3, columns, 1);
        using Tensor values = Inputs.Tensor(backend, rows + 1, columns, 2, 3);
        backend.AddToRows(
            vectors,
            [new RowEdit(0, rows, 2, 0.7f), new RowEdit(0, 1, 0, -3), new RowEdit(1, rows - 1, 1, 1.5f), new RowEdit(0, 1, 2, 0.1f)],
            values);
        backend.AddToRows(vectors, [], values);
        return Inputs.Read(backend, values, rows + 1);
    }

    private static float[] Gather(IBackend backend, int columns, int rows)
    {
        using Tensor input = Inputs.Tensor(backend, rows, columns, 1);
        using Tensor output = backend.CreateTensor(rows, columns);
        backend.GatherRows(input, [rows - 1, 0, 0], output);
        return Inputs.Read(backend, output, 3);
    }
}
