using System.Globalization;
using System.Text;
using Alignment.Training.Checkpoints;
using Alignment.Training.Data;
using Alignment.Training.Evaluation;
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

    private const int MaxCell = 500;

    private const string Introduction =
        "Of two answers to a held-out prompt which people compared, or judged both: how often the reward prefers the one that they\n"
        + "prefer. Beside it: how often that is the longer one; the accuracy where length tells nothing, because in every bin of the\n"
        + "length ratio longer and shorter preferred answers weigh the same; the accuracy where the lengths differ by a tenth at most;\n"
        + "the rank correlation of the margin with the log length ratio; the expected calibration error. 95 % intervals by bootstrap\n"
        + "over prompts. Lengths are characters.";

    private const string Borrowed =
        "One answer of these pairs was borrowed from another row or dialogue. That is easier to tell, nobody has compared the two, and no\n"
        + "figure above has them in it.";

    /// <summary>Writes the card.</summary>
    /// <param name="data">What it learned from.</param>
    /// <param name="heldOut">The reward's margins first; then of what it is compared with, other seeds of it among them.</param>
    /// <param name="folder">The reward's folder.</param>
    public void Write(RewardData data, IReadOnlyList<HeldOutMargins> heldOut, string folder)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(heldOut);
        StringBuilder text = new(License is null ? "" : $"---\nlicense: {License}\n---\n\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"# {Name}\n\n{Kind.Summary}\n\nFor the model whose weights have SHA-256 `{BaseModelSha256}`. Trained on {Prompts}.\n\n");
        AppendSources(data, text);
        AppendFigures(data.HeldOut, heldOut, text);
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

    private void AppendFigures(IReadOnlyList<RewardExample> pairs, IReadOnlyList<HeldOutMargins> heldOut, StringBuilder text)
    {
        if (pairs.Count == 0)
        {
            text.Append("\nNo pair was held out: nothing is known about how well it does on others.\n");
            return;
        }

        int[] compared = [.. Indices(pairs, borrowed: false)];
        if (compared.Length == 0)
        {
            text.Append("\nNo pair that people compared was held out: nothing is known about how well it does what it is for.\n");
        }
        else
        {
            FigureTable table = new("on held-out prompts");
            AddRows(Name, pairs, compared, heldOut[0], table);
            foreach (HeldOutMargins other in heldOut.Skip(1))
            {
                table.Add(Cell(other.Scorer), Figures(pairs, compared, other));
            }

            text.Append(CultureInfo.InvariantCulture, $"\n{Introduction}\n\n{table}");
        }

        AppendBorrowed(pairs, heldOut[0], text);
    }

    private void AppendBorrowed(IReadOnlyList<RewardExample> pairs, HeldOutMargins margins, StringBuilder text)
    {
        int[] borrowed = [.. Indices(pairs, borrowed: true)];
        if (borrowed.Length > 0)
        {
            FigureTable table = new("on borrowed answers");
            AddRows(Name, pairs, borrowed, margins, table);
            text.Append(CultureInfo.InvariantCulture, $"\n{Borrowed}\n\n{table}");
        }
    }

    /// <summary>A row of all, and where they come from several sources one of each.</summary>
    private static void AddRows(
        string name, IReadOnlyList<RewardExample> pairs, int[] indices, HeldOutMargins margins, FigureTable table)
    {
        table.Add(Cell(name), Figures(pairs, indices, margins));
        IGrouping<string, int>[] sources = [.. indices.GroupBy(i => pairs[i].Source)];
        foreach (IGrouping<string, int> source in sources.Length > 1 ? sources : [])
        {
            table.Add($"– {Cell(source.Key)}", Figures(pairs, source, margins));
        }
    }

    private static IEnumerable<int> Indices(IReadOnlyList<RewardExample> pairs, bool borrowed) =>
        Enumerable.Range(0, pairs.Count).Where(i => pairs[i].Texts.IsBorrowed == borrowed);

    private static PairFigures Figures(IReadOnlyList<RewardExample> pairs, IEnumerable<int> indices, HeldOutMargins margins) =>
        PairFigures.Of([.. indices.Select(i => pairs[i].Texts.Score(margins.Margins[i]))]);

    /// <summary>A text of somebody else's as one cell of a table: neither a bar nor a line end divides it.</summary>
    private static string Cell(string text) =>
        Shown.Of(text.ReplaceLineEndings(" ").Replace("|", @"\|", StringComparison.Ordinal), MaxCell);
}
