using Alignment.Compute.Backends;
using Alignment.Compute.Reference;
using Alignment.Models;
using Alignment.Models.Checkpoints;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Compute.Cuda.Tests;

/// <summary>The same Transformer on the device and on the reference.</summary>
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
        foreach (bool adapted in new[] { false, true })
        {
            (double[] expectedScores, int[] expectedTokens, _) = Run(new ReferenceBackend(), folder, prompt, adapted);
            (double[] scores, int[] tokens, _) = Run(new CudaBackend(), folder, prompt, adapted);
            Assert.Equal(expectedTokens, tokens);
            Assert.All(expectedScores.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
        }
    }

    private static (double[] Prompt, int[] Greedy, double[] LogProbabilities) Run(IBackend owned, TemporaryFolder folder, int[] prompt, bool adapted)
    {
        using IBackend backend = owned;
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        using Transformer model = Transformer.Load(checkpoint, backend, new TransformerLimits(8, 4));
        using Adapter? adapter = adapted ? model.LoadAdapter(folder.File("adapter")) : null;
        using NaiveDecoder decoder = new(model, 32, adapter);
        return decoder.Run(prompt, 10);
    }
}
