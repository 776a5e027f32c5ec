using System.Globalization;
using System.Text;
using Alignment.Training.Checkpoints;
using Alignment.Training.Data;

namespace Alignment.Training.Rewards;

/// <summary>The model card of a trained reward: what it is, what it learned from, how to make it again, and how well it does on pairs it has not seen.</summary>
/// <param name="Name">The reward's name.</param>
/// <param name="Kind">What it is, in one sentence.</param>
/// <param name="Command">The command that made it.</param>
/// <param name="BaseModelSha256">Weights it belongs to.</param>
/// <param name="Part">The half of the prompts that it learned from.</param>
public sealed record RewardCard(string Name, string Kind, string Command, string BaseModelSha256, DataPart Part)
{
    /// <summary>Writes README.md.</summary>
    /// <param name="mix">The data.</param>
    /// <param name="training">The pairs it learned from.</param>
    /// <param name="heldOut">Margins on pairs whose prompts no training saw.</param>
    /// <param name="folder">The reward's folder.</param>
    public void Write(DataMix mix, IReadOnlyList<RewardExample> training, IReadOnlyList<(RewardExample Example, double Margin)> heldOut, string folder)
    {
        ArgumentNullException.ThrowIfNull(mix);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# {Name}\n\n{Kind}\n\nFor the model whose weights have SHA-256 `{BaseModelSha256}`. Trained on half {Part} of the prompts.\n\n");
        text.Append("| source | licence | pairs |\n|---|---|---:|\n");
        foreach (MixSource source in mix.Sources)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {source.Path} | {source.License} | {training.Count(example => example.Source == source.Path)} |\n");
        }

        text.Append("\nPairs on held-out prompts: how often it prefers the response that people prefer (95 % confidence), how often the longer response is that one,\n");
        text.Append("and the accuracy when pairs with a longer and with a shorter preferred response count the same.\n\n");
        text.Append("| held-out pairs of | pairs | accuracy | longer wins | length-balanced |\n|---|---:|---:|---:|---:|\n");
        foreach (IGrouping<string, (RewardExample Example, double Margin)> source in heldOut.GroupBy(result => result.Example.Source))
        {
            AppendRow(source.Key, [.. source], text);
        }

        AppendRow("all", heldOut, text);
        text.Append(CultureInfo.InvariantCulture, $"\n```\n{Command}\n```\n\n");
        text.Append("The sources hold offensive text on purpose, and the labels are those of a few annotators: a reward learned from them is a demonstration, not a safeguard.\n");
        AtomicFile.Write(Path.Combine(folder, "README.md"), stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static void AppendRow(string name, IReadOnlyList<(RewardExample Example, double Margin)> results, StringBuilder text)
    {
        PairwiseAccuracy accuracy = PairwiseAccuracy.Of(results);
        text.Append(CultureInfo.InvariantCulture, $"| {name} | {accuracy.Pairs} | {accuracy.Accuracy:F3} ± {accuracy.HalfWidth:F3} | {accuracy.LongerWins:F3} | {accuracy.BalancedAccuracy:F3} |\n");
    }
}
