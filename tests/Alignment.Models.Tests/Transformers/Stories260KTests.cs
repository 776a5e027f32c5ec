using System.Text.Json;
using Alignment.Compute.Contract;
using Alignment.Compute.Cpu;
using Alignment.Compute.Reference;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Models.Tests.Transformers;

/// <summary>A real pretrained Llama against the figures that its own reference implementation recorded.</summary>
public sealed class Stories260KTests
{
    private const string Folder = "models/stories260K";
    private const double Tolerance = 1e-3;

    [SharedDataFact(Folder)]
    public void The_reference_backend_meets_the_recorded_figures() => Check(new ReferenceBackend());

    [SharedDataFact(Folder)]
    public void The_cpu_backend_meets_the_recorded_figures() => Check(CpuBackend.Create(threads: 2));

    private static void Check(IBackend backend)
    {
        string folder = Path.Combine(RepositoryPaths.SharedData, Folder);
        using (backend)
        using (Checkpoint checkpoint = Checkpoint.Open(folder))
        using (Transformer model = Transformer.Load(checkpoint, backend, new TransformerLimits(MaxRows: 8, MaxOutputs: 8)))
        using (JsonDocument reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "reference_fp32.json"))))
        {
            foreach (JsonElement known in reference.RootElement.GetProperty("cases").EnumerateArray())
            {
                CheckCase(model, known);
            }
        }
    }

    private static void CheckCase(Transformer model, JsonElement known)
    {
        int[] prompt = known.GetProperty("prompt_ids").Deserialize<int[]>()!;
        int[] greedy = known.GetProperty("greedy_ids").Deserialize<int[]>()!;
        double[] promptScores = known.GetProperty("prompt_logprobs").Deserialize<double[]>()!;
        using var decoder = new NaiveDecoder(model, prompt.Length + greedy.Length + 1);
        (double[] Prompt, int[] Greedy, double[] LogProbabilities) run = decoder.Run(prompt, greedy.Length);
        Assert.Equal(greedy, run.Greedy);
        for (int i = 0; i < promptScores.Length; i++)
        {
            Assert.Equal(promptScores[i], run.Prompt[i], Tolerance);
        }
    }
}
