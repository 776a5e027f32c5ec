using Alignment.Compute.Cpu;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Llama;
using Alignment.Tests.Models;

namespace Alignment.Models.Tests.Transformers;

/// <summary>Every architecture with random weights, and the embedded model, token by token as llama.cpp computes them in f32.</summary>
public sealed class LlamaCppTests
{
    private const int Generated = 64;
    private const double Tolerance = 1e-3;

    [NodeFact("llama")]
    public void Llama() => CheckArchitecture(TinyArchitecture.Llama);

    [NodeFact("llama")]
    public void Llama_with_its_own_output_weights() => CheckArchitecture(TinyArchitecture.LlamaUntied);

    [NodeFact("llama")]
    public void Llama_3_with_scaled_rotation() => CheckArchitecture(TinyArchitecture.Llama3Rope);

    [NodeFact("llama")]
    public void Linearly_scaled_rotation() => CheckArchitecture(TinyArchitecture.LinearRope);

    [NodeFact("llama")]
    public void Mistral() => CheckArchitecture(TinyArchitecture.Mistral);

    [NodeFact("llama")]
    public void Qwen_2() => CheckArchitecture(TinyArchitecture.Qwen2);

    [NodeFact("llama")]
    public void Qwen_3() => CheckArchitecture(TinyArchitecture.Qwen3);

    [NodeFact("llama")]
    public void The_embedded_model() => Check(Path.Combine(RepositoryPaths.Root, "models", "tiny-chat"), [0, 2, 300, 17, 1000, 4, 3]);

    private static void CheckArchitecture(TinyArchitecture architecture)
    {
        using var folder = new TemporaryFolder();
        TinyCheckpoint.Write(folder.Path, architecture, seed: 11, new TinyShape(Hidden: 64, Intermediate: 96, HeadSize: 16));
        Check(folder.Path, [1, 200, 30, 4, 250, 66, 7]);
    }

    private static void Check(string folder, int[] prompt)
    {
        using var temporary = new TemporaryFolder();
        using var backend = CpuBackend.Create(threads: 1);
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        string gguf = temporary.File("model.gguf");
        GgufExport.Write(checkpoint, GgufType.F32, gguf);
        using Transformer model = Transformer.Load(checkpoint, backend, new TransformerLimits(8, 8));
        using var ours = new NaiveDecoder(model, prompt.Length + Generated + 1);
        using var theirs = new LlamaCpp(LlamaCpp.PackagedLibraries, gguf, checkpoint.Config.VocabularySize, threads: 1, exactCache: true);
        int next = -1;
        for (int i = 0; i < prompt.Length + Generated; i++)
        {
            int token = i < prompt.Length ? prompt[i] : next;
            double[] expected = LogSoftmax(theirs.Append(token));
            double[] actual = ours.Append(token);
            next = Array.IndexOf(expected, expected.Max());
            Assert.Equal(next, Array.IndexOf(actual, actual.Max()));
            Assert.True(
                expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max() < Tolerance,
                $"token {i}: the log-probabilities differ by {expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max()}");
        }
    }

    private static double[] LogSoftmax(ReadOnlySpan<float> logits)
    {
        float[] values = logits.ToArray();
        double maximum = values.Max();
        double normalizer = maximum + Math.Log(values.Sum(value => Math.Exp(value - maximum)));
        return [.. values.Select(value => value - normalizer)];
    }
}
