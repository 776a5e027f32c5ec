using System.Globalization;
using System.Text;
using Alignment.Training.Checkpoints;
using Alignment.Training.Data;
using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards;

/// <summary>
/// The model card of a trained reward: what it is, what it learned from, how to make it again, and how well it does on pairs it has not
/// seen.
/// </summary>
/// <param name="Name">The reward's name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Command">The command that made it.</param>
/// <param name="BaseModelSha256">Weights it belongs to.</param>
/// <param name="Prompts">Which prompts it learned from.</param>
/// <param name="License">Licence of the weights as Hugging Face abbreviates it; null where their owner has not chosen one.</param>
public sealed record RewardCard(string Name, RewardKind Kind, string Command, string BaseModelSha256, string Prompts, string? License)
{
    /// <summary>The card's file.</summary>
    public const string FileName = "README.md";

    private const string None = "–";
    private const int MaxCell = 500;

    /// <summary>Writes the card.</summary>
    /// <param name="data">What it learned from.</param>
    /// <param name="heldOut">Margins of the held-out pairs.</param>
    /// <param name="folder">The reward's folder.</param>
    public void Write(RewardData data, IReadOnlyList<(RewardExample Example, double Margin)> heldOut, string folder)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(heldOut);
        StringBuilder text = new(License is null ? "" : $"---\nlicense: {License}\n---\n\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"# {Name}\n\n{Kind.Summary}\n\nFor the model whose weights have SHA-256 `{BaseModelSha256}`. Trained on {Prompts}.\n\n");
        AppendSources(data, text);
        AppendFigures(heldOut, text);
        text.Append(CultureInfo.InvariantCulture, $"\n```\n{Command}\n```\n");
        text.Append(data.Mix.Note is null ? "" : $"\n{data.Mix.Note}\n");
        AtomicFile.Write(Path.Combine(folder, FileName), stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static void AppendSources(RewardData data, StringBuilder text)
    {
        text.Append("| source | licence | pairs |\n|---|---|---:|\n");
        foreach (MixSource source in data.Mix.Sources)
        {
            int pairs = data.Training.Count(example => example.Source == source.Path);
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(source.Path)} | {Cell(source.License ?? "not stated")} | {pairs} |\n");
        }

        text.Append(data.LeftOut.Count == 0 ? "" : $"\nNot used: {string.Join("; ", data.LeftOut)}.\n");
    }

    private static void AppendFigures(IReadOnlyList<(RewardExample Example, double Margin)> heldOut, StringBuilder text)
    {
        if (heldOut.Count == 0)
        {
            text.Append("\nNo pair was held out: nothing is known about how well it does on others.\n");
            return;
        }

        text.Append(
            "\nPairs on held-out prompts: how often it prefers the response that the data prefers (with Wilson's 95 % interval, pairs "
            + "taken\n");
        text.Append(
            "as independent), how often the longer response is that one, and the accuracy when pairs with a longer and with a shorter\n");
        text.Append("preferred response count the same.\n\n");
        text.Append(
            "| held-out pairs of | pairs | accuracy | 95 % interval | longer wins | length-balanced |\n|---|---:|---:|---|---:|---:|\n");
        IGrouping<string, (RewardExample Example, double Margin)>[] sources = [.. heldOut.GroupBy(result => result.Example.Source)];
        Array.ForEach(sources, source => AppendRow(source.Key, [.. source], text));
        if (sources.Length > 1)
        {
            AppendRow("all", heldOut, text);
        }
    }

    private static void AppendRow(string name, IReadOnlyList<(RewardExample Example, double Margin)> results, StringBuilder text)
    {
        PairwiseAccuracy accuracy = PairwiseAccuracy.Of(results);
        (double low, double high) = accuracy.Interval;
        text.Append(
            CultureInfo.InvariantCulture,
            $"| {Cell(name)} | {accuracy.Pairs} | {accuracy.Accuracy:F3} | {low:F3} to {high:F3} "
            + $"| {Number(accuracy.LongerWins)} | {Number(accuracy.BalancedAccuracy)} |\n");
    }

    /// <summary>A text of somebody else's as one cell of a table: neither a bar nor a line end divides it.</summary>
    private static string Cell(string text) =>
        Shown.Of(text.ReplaceLineEndings(" ").Replace("|", @"\|", StringComparison.Ordinal), MaxCell);

    private static string Number(double? value) => value?.ToString("F3", CultureInfo.InvariantCulture) ?? None;
}
