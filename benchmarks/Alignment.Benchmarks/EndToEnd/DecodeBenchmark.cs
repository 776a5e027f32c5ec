using Alignment.Benchmarks.Results;
using Alignment.Models.Checkpoints;
using Alignment.Tests.Llama;

namespace Alignment.Benchmarks.EndToEnd;

/// <summary>
/// Decoding a 135M-shape bf16 model: against llama.cpp, under guidance, and best-of-8. Every round runs every case once, so that whatever
/// else the machine does meets all of them; a ratio is taken within its round.
/// </summary>
internal static class DecodeBenchmark
{
    private const int Threads = 2;
    private const int Tokens = 64;
    private const int Rounds = 25;
    private const int Rank = 8;
    private const int Candidates = 8;
    private const string LlamaPackage = "@node-llama-cpp/linux-x64 3.22.1";

    private static readonly SyntheticShape s_shape = SyntheticShape.SmolLm135M;

    public static async Task RunAsync(string resultPath)
    {
        string folder = Directory.CreateTempSubdirectory("alignment-decode-").FullName;
        try
        {
            await RunAsync(folder, resultPath);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RunAsync(string folder, string resultPath)
    {
        string model = Path.Combine(folder, "model");
        string gguf = Path.Combine(folder, "model.gguf");
        string[] adapters = [Path.Combine(folder, "first"), Path.Combine(folder, "second")];
        SyntheticModel.WriteModel(model, s_shape);
        Array.ForEach(adapters, adapter => SyntheticModel.WriteAdapter(adapter, s_shape, Rank, SyntheticShape.AttentionModules));
        using (Checkpoint checkpoint = Checkpoint.Open(model))
        {
            GgufExport.Write(checkpoint, GgufType.BF16, gguf);
        }

        await using var ours = new DecodeSubject(model, adapters, Threads);
        using var theirs = new LlamaCpp(LlamaCpp.PackagedLibraries, gguf, s_shape.Vocabulary, Threads, exactCache: false);
        var rounds = new InterleavedRounds();
        rounds.Add("plain", () => ours.PlainAsync(Tokens));
        rounds.Add("llama.cpp", () => Task.Run(() => Decode(theirs)));
        rounds.Add("one head", () => ours.HeadAsync(Tokens));
        rounds.Add("one adapter", () => ours.AdaptersAsync(1, Tokens));
        rounds.Add("two adapters", () => ours.AdaptersAsync(2, Tokens));
        rounds.Add($"best of {Candidates}", () => ours.CandidatesAsync(Candidates, Tokens));
        await rounds.RunAsync(Rounds);
        Write(rounds, ours.Device, resultPath);
    }

    /// <summary>The same passes as ours: one token a pass, chosen by the logits of the pass before.</summary>
    private static void Decode(LlamaCpp model)
    {
        model.Clear();
        int next = DecodeSubject.Prompt;
        for (int i = 0; i < Tokens; i++)
        {
            next = ArgMax(model.Append(next));
        }
    }

    private static int ArgMax(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
        }

        return best;
    }

    private static void Write(InterleavedRounds rounds, string device, string path)
    {
        var table = new ResultTable(
            "Decoding a 135M-shape model, bf16", "dotnet run -c Release --project benchmarks/Alignment.Benchmarks -- decode");
        table.AddLine($"{device}; {Rounds} rounds, each case once a round; {Tokens} tokens after a prompt of one; adapters of rank {Rank} on q, k, v, o; head of rank 32.");
        table.AddLine($"llama.cpp: npm {LlamaPackage}, in the same process, {Threads} threads, its own defaults (f16 cache), greedy.");
        table.AddRow("case", "median ms", "tokens/s of one sequence", "ratio to plain (median, min-max)", "target");
        table.AddCase(rounds, "plain", "plain", Tokens, "");
        table.AddCase(rounds, "llama.cpp", "plain", Tokens, "at least 1.2");
        table.AddCase(rounds, "one head", "plain", Tokens, "at most 1.05");
        table.AddCase(rounds, "one adapter", "plain", Tokens, "at most 1.35");
        table.AddCase(rounds, "two adapters", "plain", Tokens, "at most 1.6");
        table.AddCase(rounds, $"best of {Candidates}", "plain", Tokens, "at most 3");
        table.Write(path);
    }
}
