using System.Globalization;
using System.Text;

namespace Alignment.Training.Evaluation;

/// <summary>A Markdown table of <see cref="PairFigures"/>, a row each: the same on a terminal and in a card.</summary>
public sealed class FigureTable
{
    private const string None = "–";

    private static readonly string[] s_titles =
        ["pairs", "prompts", "accuracy", "longer wins", "length-balanced", "length-matched", "Spearman with length", "ECE"];

    private readonly StringBuilder _text = new();

    /// <summary>A table without rows.</summary>
    /// <param name="what">Title of its first column.</param>
    public FigureTable(string what)
    {
        Add([what, .. s_titles]);
        _text.Append("|---|---:|---:|---|---:|---|---|---:|---:|\n");
    }

    /// <summary>Adds a row.</summary>
    /// <param name="name">Text of its first cell, safe to show.</param>
    /// <param name="figures">Its numbers.</param>
    public void Add(string name, PairFigures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        string matched = figures.MatchedPairs > 0 ? $" of {Whole(figures.MatchedPairs)}" : "";
        Add([
            name, Whole(figures.Pairs), Whole(figures.Prompts), Share(figures.Accuracy), Number(figures.LongerWins, "F3"),
            Share(figures.Balanced), Share(figures.Matched) + matched, Number(figures.SpearmanLength, "+0.00;-0.00;0.00"),
            Number(figures.CalibrationError, "F3"),
        ]);
    }

    /// <summary>The table, each row with its line end.</summary>
    public override string ToString() => _text.ToString();

    /// <summary>A share with its interval.</summary>
    public static string Share(Estimate? share) => share is null ? None
        : share.Low is null ? Number(share.Value, "F3")
        : $"{Number(share.Value, "F3")} ({Number(share.Low, "F3")} to {Number(share.High, "F3")})";

    /// <summary>A number, or a dash where there is none.</summary>
    public static string Number(double? number, string format) => number?.ToString(format, CultureInfo.InvariantCulture) ?? None;

    private void Add(string[] cells) => _text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);
}
