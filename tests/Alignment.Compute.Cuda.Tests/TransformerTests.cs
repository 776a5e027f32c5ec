using Alignment.Compute.Contract;
using Alignment.Compute.Cpu;
using Alignment.Compute.Reference;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Compute.Cuda.Tests;

/// <summary>
/// The same Transformer on the device and on the reference. Attention on the device is in f16, and activations are rounded to the storage
/// of 16-bit weights.
/// </summary>
[Collection(nameof(TestDevice))]
public sealed class TransformerTests
{
    public static TheoryData<TinyArchitecture> Architectures => [.. Enum.GetValues<TinyArchitecture>()];

    [CudaTheory]
    [MemberData(nameof(Architectures))]
    public void Every_architecture_gives_the_same_tokens_and_log_probabilities(TinyArchitecture architecture)
    {
        using TemporaryFolder folder = new();
        TinyCheckpoint.Write(folder.Path, architecture);
        TinyAdapter.Write(folder.File("adapter"), new TinyShape(), seed: 3);
        int[] prompt = [.. Enumerable.Range(0, 9).Select(i => (i * 37) % 300)];
        foreach (string? adapter in new[] { null, folder.File("adapter") })
        {
            (double[] expectedScores, int[] expectedTokens, _) = Run(new ReferenceBackend(), folder.Path, adapter, prompt);
            (double[] scores, int[] tokens, _) = Run(new CudaBackend(), folder.Path, adapter, prompt);
            Assert.Equal(expectedTokens, tokens);
            Assert.All(expectedScores.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 5e-3));
        }
    }

    /// <summary>Trained bf16 weights, as they are served.</summary>
    [CudaFact]
    public void The_embedded_model_gives_the_tokens_that_the_host_gives()
    {
        string folder = Path.Combine(RepositoryPaths.Root, "models", "tiny-chat");
        int[] prompt = [0, 2, 2654, 445, 49, 4, 3];
        (double[] expectedScores, int[] expectedTokens, _) = Run(CpuBackend.Create(), folder, null, prompt);
        (double[] scores, int[] tokens, _) = Run(new CudaBackend(), folder, null, prompt);
        Assert.Equal(expectedTokens, tokens);
        Assert.All(expectedScores.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 2e-2));
    }

    /// <summary>What is queued would be computed nevertheless.</summary>
    [CudaFact]
    public void A_pass_is_never_asked_whether_to_give_up()
    {
        using TemporaryFolder folder = new();
        TinyCheckpoint.Write(folder.Path, TinyArchitecture.Llama);
        using CudaBackend backend = new();
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        using Transformer model = Transformer.Load(checkpoint, backend, new TransformerLimits(8, 4));
        using KvCache cache = model.CreateCache(1);
        ForwardBatch batch = new(model.Limits);
        batch.AddSegment([1, 2, 3], 0, [0], null);
        Assert.True(model.TryForward(batch, cache, () => throw new InvalidOperationException("asked")));
    }

    private static (double[] Prompt, int[] Greedy, double[] LogProbabilities) Run(
        IBackend owned, string folder, string? adapterFolder, int[] prompt)
    {
        using IBackend backend = owned;
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        using Transformer model = Transformer.Load(checkpoint, backend, new TransformerLimits(8, 4));
        using Adapter? adapter = adapterFolder is null ? null : model.LoadAdapter(adapterFolder);
        using NaiveDecoder decoder = new(model, 32, adapter);
        return decoder.Run(prompt, 10);
    }
}
