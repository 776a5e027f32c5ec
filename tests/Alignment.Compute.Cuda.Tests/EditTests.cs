using Alignment.Compute.Contract;
using Alignment.Compute.Cpu;
using Alignment.Compute.Reference;
using Alignment.Compute.Tests.Cpu;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Compute.Cuda.Tests;

/// <summary>Vectors added to hidden states: against the reference, and bit for bit as on the host.</summary>
[Collection(nameof(TestDevice))]
public sealed class EditTests
{
    private const int Rows = 11;
    private const int Vectors = 3;

    private static readonly RowEdit[] s_edits =
    [
        new(0, Rows, 2, 0.7f), new(4, 1, 0, -3), new(Rows - 1, 1, 1, 1.5f), new(3, 0, 1, 9), new(2, 5, 1, 0.1f), new(4, 2, 2, 0.3f),
    ];

    [CudaTheory]
    [InlineData(0), InlineData(1), InlineData(2)]
    public void Edits_agree_with_the_reference_and_with_the_host(int order)
    {
        TestDevice.SetOrder(order);
        using CudaBackend cuda = new();
        using ReferenceBackend reference = new();
        using IBackend cpu = CpuBackend.Create(threads: 1);
        foreach (int columns in new[] { 1, 33, 256, 1030 })
        {
            float[] actual = Edited(cuda, columns, s_edits);
            Inputs.AssertClose(Edited(reference, columns, s_edits), actual, 2e-6);
            Assert.Equal(Edited(cpu, columns, s_edits), actual);
        }
    }

    [CudaFact]
    public void A_row_does_not_depend_on_the_edits_of_others()
    {
        using CudaBackend cuda = new();
        RowEdit[] alone =
        [
            .. s_edits.Where(edit => edit.FirstRow <= 4 && edit.FirstRow + edit.Rows > 4).Select(
                edit => edit with { FirstRow = 4, Rows = 1 }),
        ];
        Assert.Equal(Edited(cuda, 300, s_edits)[(4 * 300)..(5 * 300)], Edited(cuda, 300, alone)[(4 * 300)..(5 * 300)]);
    }

    [CudaFact]
    public void No_edit_leaves_everything_and_a_mistake_is_refused()
    {
        using CudaBackend cuda = new();
        Assert.Equal(Inputs.Numbers(Rows * 33, 2, 3), Edited(cuda, 33, []));
        Assert.Throws<ArgumentException>(() => Edited(cuda, 33, [new RowEdit(0, Rows + 1, 0, 1)]));
        Assert.Throws<ArgumentException>(() => Edited(cuda, 33, [new RowEdit(0, 1, Vectors, 1)]));
        using Tensor narrow = cuda.CreateTensor(1, 32);
        using Tensor values = cuda.CreateTensor(1, 33);
        Assert.Throws<ArgumentException>(() => cuda.AddToRows(narrow, [new RowEdit(0, 1, 0, 1)], values));
    }

    /// <summary>
    /// Edits of several layers and tensors in one pass, then taps of several layers: what was staged for one must not be taken for another.
    /// </summary>
    [CudaFact]
    public void A_transformers_edited_hidden_states_are_those_of_the_reference()
    {
        using TemporaryFolder folder = new();
        TinyCheckpoint.Write(folder.Path, TinyArchitecture.Llama);
        Inputs.AssertClose(HiddenStates(new ReferenceBackend(), folder.Path), HiddenStates(new CudaBackend(), folder.Path), 5e-3);
    }

    private static float[] HiddenStates(IBackend owned, string folder)
    {
        using IBackend backend = owned;
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        using Transformer model = Transformer.Load(checkpoint, backend, new TransformerLimits(Rows, MaxOutputs: 1, MaxTaps: 6));
        using KvCache cache = model.CreateCache(2);
        using Tensor first = Inputs.Tensor(backend, Vectors, model.Config.HiddenSize, 1);
        using Tensor second = Inputs.Tensor(backend, Vectors, model.Config.HiddenSize, 2);
        ForwardBatch batch = new(model.Limits);
        batch.AddSegment([.. Enumerable.Range(40, 7)], 0, [0], null);
        batch.AddSegment([.. Enumerable.Range(90, 4)], 0, [1], null);
        batch.AddEdit(new(0), first, new RowEdit(0, 7, 1, 0.5f));
        batch.AddEdit(new(1), first, new RowEdit(7, 4, 2, -1));
        batch.AddEdit(new(1, HiddenSite.Attention), first, new RowEdit(3, 2, 0, 1));
        batch.AddEdit(new(0), second, new RowEdit(2, 9, 0, 2));
        batch.AddTap(new(0), 4);
        batch.AddTap(new(1), 10);
        batch.AddTap(new(1, HiddenSite.Attention), 4);
        batch.AddTap(new(1), 4);
        batch.AddTap(new(0), 0);
        batch.AddOutput(10, logits: true);
        model.Forward(batch, cache);
        return [.. Inputs.Read(backend, model.Tapped, batch.TapCount), .. Inputs.Read(backend, model.Logits, 1)];
    }

    private static float[] Edited(IBackend backend, int columns, RowEdit[] edits)
    {
        using Tensor vectors = Inputs.Tensor(backend, Vectors, columns, 1);
        using Tensor values = Inputs.Tensor(backend, Rows, columns, 2, 3);
        backend.AddToRows(vectors, edits, values);
        return Inputs.Read(backend, values, Rows);
    }
}
