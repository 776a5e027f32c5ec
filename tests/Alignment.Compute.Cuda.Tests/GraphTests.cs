using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Compute.Cuda.Tests;

/// <summary>Decode steps that repeat run as graphs, and nobody can tell from their numbers.</summary>
[Collection(nameof(TestDevice))]
public sealed class GraphTests
{
    private const int Steps = 24;
    private const int Sequences = 3;

    [CudaFact]
    public void Steps_of_a_steady_load_become_a_graph_whatever_their_positions_pages_and_rules()
    {
        using TemporaryFolder folder = new();
        TinyCheckpoint.Write(folder.Path, TinyArchitecture.Llama);
        using CudaBackend backend = new();
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        using Transformer model = Transformer.Load(checkpoint, backend, new TransformerLimits(8, 4));
        int[] first = Decode(model, Sequences);
        int captures = backend.Session.Queue.Captures;
        long graphs = TestDevice.LaunchedGraphs();
        Assert.InRange(captures, 1, 4);
        Assert.Equal(first, Decode(model, Sequences));

        // Four sequences are the same bucket as three, and each of them has the tokens it had.
        Assert.Equal(first, Decode(model, Sequences + 1)[..first.Length]);
        Assert.InRange(backend.Session.Queue.Captures, captures, captures + 2);
        Assert.True(!TestDevice.IsEmulated || TestDevice.LaunchedGraphs() - graphs > 2 * (Steps - 4), "Hardly any step ran as a graph.");
    }

    /// <summary>Tokens of the sequences, one after the other. Each has its own seed, so that they differ.</summary>
    private static int[] Decode(Transformer model, int sequences)
    {
        using KvCache cache = model.CreateCache(sequences * 2);
        List<int>[] tokens = [.. Enumerable.Range(0, sequences).Select(sequence => new List<int> { sequence + 1 })];
        TokenChoice[] choices = [.. tokens.Select(_ => new TokenChoice(0, 0))];
        ForwardBatch batch = new(model.Limits);
        for (int step = 0; step < Steps; step++)
        {
            batch.Clear();
            for (int sequence = 0; sequence < sequences; sequence++)
            {
                int row = batch.AddSegment([tokens[sequence][step]], step, [(2 * sequence) + 1, 2 * sequence], null);
                batch.AddOutput(row, logits: true);
            }

            model.Forward(batch, cache);
            model.Backend.ChooseNextTokens(
            [
                .. choices.Select((choice, i) => new NextTokenRow(
                    model.Logits,
                    i,
                    model.Config.VocabularySize,
                    [],
                    0,
                    new NextTokenRule { Seed = (ulong)i, TopP = 0.9f },
                    null,
                    0,
                    step + 1,
                    choice)),
            ]);
            for (int sequence = 0; sequence < sequences; sequence++)
            {
                tokens[sequence].Add(choices[sequence].Token);
            }
        }

        return [.. tokens.SelectMany(list => list)];
    }
}
