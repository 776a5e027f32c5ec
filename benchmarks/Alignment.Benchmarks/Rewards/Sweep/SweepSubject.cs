using System.Globalization;
using Alignment.Models.Configuration;
using Alignment.Models.Tokenization;
using Alignment.Training.Evaluation;
using Alignment.Training.Rewards;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Heads;
using Alignment.Training.Rewards.Objectives;
using Alignment.Training.Rewards.Trainers;

namespace Alignment.Benchmarks.Rewards.Sweep;

/// <summary>What is compared over the pairs of one objective.</summary>
/// <param name="pairs">The pairs.</param>
/// <param name="layers">Of <see cref="LayerReading"/>.</param>
/// <param name="prefixes">Of <see cref="StateReading"/> at all positions.</param>
/// <param name="likelihoods">Of <see cref="LogProbabilityReading"/>.</param>
/// <param name="model">The model's shape.</param>
/// <param name="tokenizer">For texts.</param>
internal sealed class SweepSubject(
    SweepPairs pairs, FeatureTable layers, FeatureTable prefixes, FeatureTable likelihoods, ModelConfig model, Tokenizer tokenizer)
{
    private static readonly RewardSettings s_settings = RewardKind.ValueHead.Defaults;
    private static readonly double[] s_alone = [1];
    private static readonly double[] s_shares = [0.125, 0.25, 0.5];

    private readonly SweepFeatures _shipped = new("final state, last token", [model.Layers], IsMean: false);

    public IEnumerable<SweepCase> Cases() => [.. Baselines(), .. ByFeatures(), .. ByObjective(), .. LearningCurve()];

    /// <summary>
    /// Accuracies of heads that were trained at the end and at every position, and how partial scores go with final ones.
    /// </summary>
    public string Prefixes()
    {
        string[] forms =
        [
            .. new[] { ResponsePositions.End, ResponsePositions.All }.Select(positions =>
            {
                double[][] scores = [.. Enumerable.Range(0, 2 * pairs.Pairs.Count).Select(_ => new double[4])];
                pairs.CrossFit(learned => FitPrefixes(learned, positions, scores));
                return $"trained at {positions}: {string.Join(", ", Enumerable.Range(0, 4).Select(quarter => Quarter(scores, quarter)))}";
            }),
        ];
        return string.Join("; ", forms);
    }

    private string Quarter(double[][] scores, int quarter)
    {
        PairFigures figures = pairs.Figures(Margins(scores, quarter));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{figures.Accuracy!.Value:F3} (balanced {figures.Balanced?.Value:F3}, with the end {Correlation(scores, quarter):F2})");
    }

    private static double[] Margins(double[][] scores, int quarter) =>
        [.. Enumerable.Range(0, scores.Length / 2).Select(i => scores[2 * i][quarter] - scores[(2 * i) + 1][quarter])];

    private static double Correlation(double[][] scores, int quarter) =>
        RankCorrelation.Of([.. scores.Select(own => own[quarter])], [.. scores.Select(own => own[3])]) ?? 0;

    private IEnumerable<SweepCase> Baselines()
    {
        IReadOnlyList<RewardExample> all = pairs.Pairs;
        yield return new("–", "longer wins", () => [.. all.Select(pair => pair.Texts.LogLengthRatio)]);
        yield return new(
            "–", "frozen log-probability, sum", () => [.. all.Select((_, i) => Likelihood(2 * i) - Likelihood((2 * i) + 1))]);
        yield return new("–", "frozen log-probability, mean", () => [.. all.Select((pair, i) =>
            (Likelihood(2 * i) / pair.Chosen.Count) - (Likelihood((2 * i) + 1) / pair.Rejected.Count))]);
        (string, string)[] texts = [.. all.Select(pair => (Text(pair.Chosen), Text(pair.Rejected)))];
        yield return new("TF-IDF", "logistic regression", () => pairs.CrossFit(learned =>
        {
            TermWeights terms = TermWeights.Fit([.. learned.Select(i => texts[i])]);
            return i => terms.Margin(texts[i]);
        }));

        double Likelihood(int response) => likelihoods.Row(likelihoods.FirstRow(response))[0];
        string Text(ResponseTokens response) => tokenizer.Decode([.. response.Response]);
    }

    private IEnumerable<SweepCase> ByFeatures()
    {
        int[] upper = [.. Enumerable.Range(model.Layers - 4, 3)]; // behind the fifth to the seventh of eight
        SweepFeatures[] features =
        [
            _shipped,
            new("final state, mean", [model.Layers], IsMean: true),
            new("layers 5-7, last token", upper, IsMean: false),
            new("layers 5-7, mean", upper, IsMean: true),
            new("layers 1-3, mean", [0, 1, 2], IsMean: true),
        ];
        foreach (SweepFeatures each in features)
        {
            yield return Head(each, "bradley-terry", learned => new BradleyTerry(0), balances: false);
            yield return Head(each, "bradley-terry, balanced", learned => new BradleyTerry(0), balances: true);
        }
    }

    private IEnumerable<SweepCase> ByObjective()
    {
        yield return Head(_shipped, "noise-aware, balanced", _ => new NoiseAware(), balances: true);
        yield return Head(_shipped, "pcrm, balanced", _ => new PriorConstraint(), balances: true);
        yield return Head(_shipped, "more, balanced", _ => new BradleyTerry(0), balances: true, balancesSources: true);
        RewardSettings large = s_settings with { BatchSize = 256, Epochs = 100 };
        foreach (double strength in new[] { 3.0, 30 })
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"length penalty {strength}, batch 256");
            yield return Head(_shipped, name, _ => new LengthPenalty(new BradleyTerry(0), strength), balances: false, settings: large);
        }

        if (pairs.Pairs.Any(pair => pair.Margin > 0))
        {
            yield return Head(_shipped, "margin, balanced", BradleyTerry.WithMargins, balances: true);
        }
    }

    private IEnumerable<SweepCase> LearningCurve() => s_shares.Select(share => Head(
        _shipped,
        string.Create(CultureInfo.InvariantCulture, $"bradley-terry, balanced, {share:P1} of the pairs"),
        _ => new BradleyTerry(0),
        balances: true,
        share: share));

    private SweepCase Head(
        SweepFeatures features,
        string name,
        Func<IReadOnlyList<RewardExample>, IObjective<RewardExample>> objective,
        bool balances,
        bool balancesSources = false,
        double share = 1,
        RewardSettings? settings = null) => new(features.Name, name, () => pairs.CrossFit(
            learned =>
            {
                RewardExample[] examples = [.. learned.Select(i => pairs.Pairs[i])];
                using FeatureTable table = features.Standardized(layers, model.HiddenSize, learned, 2 * pairs.Pairs.Count);
                HeadFit<RewardExample> fit = new(objective(examples), settings ?? s_settings, balancesSources);
                using LinearHead head = fit.Create(table.Width);
                double[]? factors = balances ? LengthBalancedWeights.Of(examples) : null;
                HeadLesson<RewardExample>[] lessons =
                [
                    .. learned.Select((pair, i) => new HeadLesson<RewardExample>(
                        examples[i], examples[i].Weight * (factors?[i] ?? 1), [[2 * pair, (2 * pair) + 1]], examples[i].Source)),
                ];
                fit.Train(head, lessons, table, _ => { }, () => { }, CancellationToken.None);
                double[] scores = [.. Enumerable.Range(0, 2 * pairs.Pairs.Count).Select(row => head.Score(table.Row(row), s_alone))];
                return i => scores[2 * i] - scores[(2 * i) + 1];
            },
            share));

    /// <summary>As the trainer does it; of the pairs outside, the scores of four quarters are left.</summary>
    private Func<int, double> FitPrefixes(int[] learned, ResponsePositions positions, double[][] scores)
    {
        RewardExample[] examples = [.. learned.Select(i => pairs.Pairs[i])];
        HeadFit<RewardExample> fit = new(new BradleyTerry(0), s_settings);
        using LinearHead head = fit.Create(prefixes.Width);
        double[] factors = LengthBalancedWeights.Of(examples);
        HeadLesson<RewardExample>[] lessons =
        [
            .. learned.Select((pair, i) => new HeadLesson<RewardExample>(
                examples[i], examples[i].Weight * factors[i], [.. Rows(pair, positions)], examples[i].Source)),
        ];
        fit.Train(head, lessons, prefixes, _ => { }, () => { }, CancellationToken.None);
        HashSet<int> seen = [.. learned];
        foreach (int pair in Enumerable.Range(0, pairs.Pairs.Count).Where(i => !seen.Contains(i)))
        {
            for (int quarter = 0; quarter < 4; quarter++)
            {
                long[] rows = RowsAt(pair, quarter + 1, 4);
                scores[2 * pair][quarter] = head.Score(prefixes.Row(rows[0]), s_alone);
                scores[(2 * pair) + 1][quarter] = head.Score(prefixes.Row(rows[1]), s_alone);
            }
        }

        return i => scores[2 * i][3] - scores[(2 * i) + 1][3];
    }

    private IEnumerable<long[]> Rows(int pair, ResponsePositions positions)
    {
        int parts = positions == ResponsePositions.End ? 1 : Math.Max(Count(2 * pair), Count((2 * pair) + 1));
        return Enumerable.Range(1, parts).Select(part => RowsAt(pair, part, parts));
    }

    /// <summary>Rows of both responses where so many parts of all are over.</summary>
    private long[] RowsAt(int pair, int part, int parts) =>
    [
        .. new[] { 2 * pair, (2 * pair) + 1 }.Select(response =>
            prefixes.FirstRow(response) + (((part * Count(response)) + parts - 1) / parts) - 1),
    ];

    private int Count(int response) => new StateReading(ResponsePositions.All).Rows(
        response % 2 == 0 ? pairs.Pairs[response / 2].Chosen : pairs.Pairs[response / 2].Rejected);
}
