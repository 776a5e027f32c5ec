using System.Globalization;
using Alignment.Benchmarks.Results;
using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Requests;
using Alignment.Hosting;
using Alignment.Inference;
using Alignment.Rewards;
using Alignment.Tests;

namespace Alignment.Benchmarks.Rewards;

/// <summary>
/// Whether alignment raises the reward of a separately trained judge on held-out prompts, and at which divergence from the frozen model.
/// </summary>
internal static class RewardBenchmark
{
    private const int Prompts = 200;
    private const int Seeds = 4;
    private const int MaxTokens = 128;
    private const int Candidates = 8;
    private const double Normal95 = 1.96;

    public static async Task RunAsync(string resultPath)
    {
        string folder = Path.Combine(RepositoryPaths.Root, "models", "tiny-chat");
        await using ModelRuntime runtime = ModelRuntime.Load(folder, new EngineOptions { Pages = 8192 }, new GenerationLimits());
        using ModelRewards judges = ModelRewards.Load(Path.Combine(RepositoryPaths.Root, "benchmarks", "judges"), runtime.Model);
        var table = new ResultTable(
            "Aligned responses before a separate judge", "dotnet run -c Release --project benchmarks/Alignment.Benchmarks -- rewards");
        table.AddLine($"tiny-chat, {Prompts} held-out prompts an objective, {Seeds} seeds a prompt, temperature 1, at most {MaxTokens} tokens.");
        table.AddLine($"Judge: a value head trained with another seed on the other half of the prompts (benchmarks/judges). Gain: mean over prompts of its score less that of the frozen model's responses, with a 95 % interval over prompts.");
        table.AddLine($"KL: of the response from the frozen model, in nats; for guidance the sum of the steps' exact divergences, for best of {Candidates} the bound log n - (n - 1) / n is added.");
        table.AddRow("objective", "alignment", "judge's score", "gain", "KL", "tokens", "forward tokens");
        foreach (string objective in new[] { "helpful", "harmless" })
        {
            var sampler = new AlignedSampler(runtime, new Judge(runtime, (ValueReward)judges.Rewards[objective]), MaxTokens);
            await CompareAsync(objective, HeldOutPrompts.Read(folder, objective, Prompts), sampler, table);
        }

        table.Write(resultPath);
    }

    private static async Task CompareAsync(string objective, IReadOnlyList<ChatPrompt> prompts, AlignedSampler sampler, ResultTable table)
    {
        double[]? frozen = null;
        foreach ((string name, AlignmentSettings alignment) in Cases(objective))
        {
            Outcome[][] outcomes = await sampler.RunAsync(alignment, prompts, Seeds);
            double[] scores = [.. outcomes.Select(prompt => prompt.Average(outcome => outcome.Score))];
            frozen ??= scores;
            Outcome[] all = [.. outcomes.SelectMany(prompt => prompt)];
            table.AddRow(
                objective, name, Text(scores.Average(), "F3"), Gain(scores, frozen), Text(all.Average(outcome => outcome.Divergence), "F2"),
                Text(all.Average(outcome => outcome.Length), "F1"), Text(all.Average(outcome => outcome.ForwardTokens), "F0"));
            await Console.Error.WriteLineAsync($"{objective}: {name} done");
        }
    }

    private static IEnumerable<(string Name, AlignmentSettings Alignment)> Cases(string objective)
    {
        yield return ("none", AlignmentSettings.None);
        yield return ($"best of {Candidates} by {objective}-value", BestOf(objective));
        foreach (float weight in new[] { 0.5f, 1, 2 })
        {
            yield return (string.Create(CultureInfo.InvariantCulture, $"head {objective}, weight {weight}"), Guided(objective, weight));
        }

        yield return ($"adapter {objective}-arm, weight 1", Guided($"{objective}-arm", 1));
        yield return (
            $"head {objective}, weight 1, then best of {Candidates}",
            BestOf(objective) with { Guidance = [new GuidanceSource(objective, 1)] });
    }

    private static AlignmentSettings Guided(string source, float weight) => new() { Guidance = [new GuidanceSource(source, weight)] };

    private static AlignmentSettings BestOf(string objective)
        => new() { Search = new BestOfNSettings { Candidates = Candidates, Rewards = [new RewardTerm($"{objective}-value")] } };

    private static string Gain(double[] scores, double[] frozen)
    {
        double[] gains = [.. scores.Zip(frozen, (score, other) => score - other)];
        double mean = gains.Average();
        double deviation = Math.Sqrt(gains.Sum(gain => (gain - mean) * (gain - mean)) / (gains.Length - 1));
        return $"{Text(mean, "+0.000;-0.000;0")} ± {Text(Normal95 * deviation / Math.Sqrt(gains.Length), "F3")}";
    }

    private static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
