using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Alignment.Decoding.Problems;
using Alignment.Training.Evaluation;

namespace Alignment.Cli.Commands.Evaluate;

/// <summary>What was measured, for people and for programs.</summary>
internal static class EvaluationReport
{
    private const int MaxName = 100;

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <summary>One array, an object a reward; numbers that nothing is known of are null.</summary>
    public static string Json(IEnumerable<MeasuredReward> rewards) =>
        new JsonArray([.. rewards.Select(Object)]).ToJsonString(s_json);

    /// <summary>Tables in Markdown.</summary>
    public static string Markdown(IReadOnlyList<MeasuredReward> rewards)
    {
        FigureTable figures = new("reward");
        StringBuilder best = new("\n| reward | rows of one against several | best of all |\n|---|---:|---|\n");
        StringBuilder prefixes = new("\n| reward | of each response | accuracy | Spearman with the whole |\n|---|---:|---|---:|\n");
        foreach ((string given, RewardFigures own, IReadOnlyList<PrefixFigures> parts) in rewards)
        {
            string name = Excerpt.Of(given, MaxName);
            figures.Add(name, own.Pairs);
            best.Append(CultureInfo.InvariantCulture, $"| {name} | {own.BestRows} | {FigureTable.Share(own.Best)} |\n");
            foreach (PrefixFigures part in parts)
            {
                prefixes.Append(CultureInfo.InvariantCulture, $"| {name} | {100 * part.Share:F0} % | {FigureTable.Share(part.Accuracy)} ");
                prefixes.Append(CultureInfo.InvariantCulture, $"| {FigureTable.Number(part.Correlation, "F2")} |\n");
            }
        }

        string bests = rewards.Any(reward => reward.Figures.BestRows > 0) ? best.ToString() : "";
        return figures + bests + (rewards.Any(reward => reward.Prefixes.Count > 0) ? prefixes.ToString() : "");
    }

    private static JsonObject Object(MeasuredReward reward)
    {
        PairFigures pairs = reward.Figures.Pairs;
        JsonObject result = new()
        {
            ["reward"] = reward.Name,
            ["pairs"] = pairs.Pairs,
            ["accuracy"] = pairs.Accuracy?.Value,
            ["low"] = pairs.Accuracy?.Low,
            ["high"] = pairs.Accuracy?.High,
            ["longer_wins"] = pairs.LongerWins,
            ["balanced_accuracy"] = pairs.Balanced?.Value,
            ["balanced_low"] = pairs.Balanced?.Low,
            ["balanced_high"] = pairs.Balanced?.High,
            ["matched_pairs"] = pairs.MatchedPairs,
            ["matched_accuracy"] = pairs.Matched?.Value,
            ["matched_low"] = pairs.Matched?.Low,
            ["matched_high"] = pairs.Matched?.High,
            ["spearman_length"] = pairs.SpearmanLength,
            ["ece"] = pairs.CalibrationError,
        };
        if (reward.Figures.BestRows > 0)
        {
            result["best_of_rows"] = reward.Figures.BestRows;
            result["best_of_accuracy"] = reward.Figures.Best?.Value;
            result["best_of_low"] = reward.Figures.Best?.Low;
            result["best_of_high"] = reward.Figures.Best?.High;
        }

        if (reward.Prefixes.Count > 0)
        {
            result["prefixes"] = new JsonArray([.. reward.Prefixes.Select(Object)]);
        }

        return result;
    }

    private static JsonObject Object(PrefixFigures prefix) => new()
    {
        ["share"] = prefix.Share,
        ["accuracy"] = prefix.Accuracy?.Value,
        ["low"] = prefix.Accuracy?.Low,
        ["high"] = prefix.Accuracy?.High,
        ["spearman_whole"] = prefix.Correlation,
    };
}
