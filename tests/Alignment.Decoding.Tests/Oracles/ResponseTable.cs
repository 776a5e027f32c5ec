using Alignment.Decoding.Requests;
using Alignment.Models;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;
using Alignment.Tests.Models;

namespace Alignment.Decoding.Tests.Oracles;

/// <summary>
/// Every response of two tokens with its exact probability under softmax(log pi + a log pi_head + b log pi_arm), sampled with a temperature
/// and
/// truncation, the divergence of that from pi, and its reward: from single passes without engine, batch, page sharing or SIMD, and heads
/// multiplied out in double precision.
/// </summary>
internal sealed class ResponseTable
{
    private const int Length = 2;
    private readonly double _headWeight;
    private readonly double _adapterWeight;
    private readonly SamplingSettings _sampling;
    private readonly Heads _heads;
    private readonly LanguageModel _model;
    private readonly Adapter _adapter;
    private readonly Func<int[], int, bool> _forbids;

    /// <param name="ten">The model.</param>
    /// <param name="headWeight">a.</param>
    /// <param name="adapterWeight">b.</param>
    /// <param name="forbids">Whether a token may not follow a response; the others share its probability.</param>
    /// <param name="sampling">Temperature and truncation.</param>
    public ResponseTable(
        TenTokens ten, double headWeight =
            0, double adapterWeight = 0, Func<int[], int, bool>? forbids = null, SamplingSettings? sampling = null)
    {
        _forbids = forbids ?? ((_, _) => false);
        (_headWeight, _adapterWeight, _model, _sampling) = (headWeight, adapterWeight, ten.Model, sampling ?? new());
        _heads = new Heads(ten);
        _adapter = _model.Transformer.LoadAdapter(Path.Combine(ten.Folder, "adapters", "arm"));
        using (_adapter)
        {
            Fill([], 0, 0, 0);
        }
    }

    /// <summary>Of every response that can be drawn.</summary>
    public Dictionary<string, double> Probabilities { get; } = [];

    /// <summary>Logarithm of each response's probability before temperature and truncation.</summary>
    public Dictionary<string, double> Aligned { get; } = [];

    /// <summary>Logarithm of each response's probability as it is drawn, over that under the frozen model.</summary>
    public Dictionary<string, double> LogRatios { get; } = [];

    public Dictionary<string, double> Rewards { get; } = [];

    /// <summary>KL of the response's distribution from the frozen model's, in nats.</summary>
    public double Divergence => Probabilities.Sum(response => response.Value * LogRatios[response.Key]);

    /// <summary>log pi_guide of a response's tokens, before weights: head, adapter.</summary>
    public Dictionary<string, (double[] Head, double[] Adapter)> GuideScores { get; } = [];

    public static string Key(IEnumerable<int> tokens) => string.Join(' ', tokens);

    private void Fill(int[] response, double sampled, double aligned, double frozen)
    {
        (double[] scores, double[] head, double[] adapter, double reward) = Compute(response);
        string key = Key(response);
        if (response.Length == Length)
        {
            (Probabilities[key], Aligned[key], LogRatios[key], Rewards[key]) = (Math.Exp(sampled), aligned, sampled - frozen, reward);
            return;
        }

        double[] next = Heads.LogSoftmax([.. scores.Select((score, v) =>
            _forbids(response, v) ? double.NegativeInfinity : score + (_headWeight * head[v]) + (_adapterWeight * adapter[v]))]);
        double[] drawn = Draw(next);
        GuideScores[key] = (head, adapter);
        for (int token = 0; token < TenTokens.Vocabulary; token++)
        {
            if (drawn[token] > double.NegativeInfinity)
            {
                Fill([.. response, token], sampled + drawn[token], aligned + next[token], frozen + scores[token]);
            }
        }
    }

    /// <summary>
    /// Log-probabilities as tokens are drawn: by temperature, then the top k, then the nucleus, then those near the best.
    /// </summary>
    private double[] Draw(double[] aligned)
    {
        double[] probabilities = [.. Heads.LogSoftmax([.. aligned.Select(value => value / _sampling.Temperature)]).Select(Math.Exp)];
        int[] ranked = [.. Enumerable.Range(0, probabilities.Length).OrderByDescending(token => probabilities[token])];
        if (_sampling.TopK > 0)
        {
            ranked = ranked[.._sampling.TopK];
        }

        double nucleus = _sampling.TopP * ranked.Sum(token => probabilities[token]);
        int[] kept = [.. ranked.Where((_, i) => ranked[..i].Sum(token => probabilities[token]) < nucleus)];
        kept = [.. kept.Where(token => probabilities[token] >= _sampling.MinP * probabilities[ranked[0]])];
        double mass = kept.Sum(token => probabilities[token]);
        return [.. probabilities.Select((p, token) => kept.Contains(token) ? Math.Log(p / mass) : double.NegativeInfinity)];
    }

    private (double[] Frozen, double[] Head, double[] Adapter, double Reward) Compute(int[] response)
    {
        using var frozen = new NaiveDecoder(_model.Transformer, 16);
        using var adapted = new NaiveDecoder(_model.Transformer, 16, _adapter);
        int[] tokens = [.. TenTokens.Prompt, .. response];
        double[] adapter = Array.ConvertAll(tokens, adapted.Append)[^1];
        double[] scores = Array.ConvertAll(tokens, frozen.Append)[^1];
        float[] hidden = new float[_model.Config.HiddenSize];
        _model.Transformer.Backend.Download(_model.Transformer.Hidden, 0, hidden);
        return (scores, _heads.TokenRewards(hidden), adapter, Value(frozen, response, hidden));
    }

    /// <summary>
    /// At the end of the turn, which is put behind the response: where ends are ignored, one that is drawn is a token like any other.
    /// </summary>
    private double Value(NaiveDecoder frozen, int[] response, float[] hidden)
    {
        if (response.Length == Length)
        {
            hidden = new float[hidden.Length];
            frozen.Append(TenTokens.End);
            _model.Transformer.Backend.Download(_model.Transformer.Hidden, 0, hidden);
        }

        return _heads.Value(hidden);
    }

    /// <summary>The heads' files, multiplied out.</summary>
    private sealed class Heads(TenTokens ten)
    {
        private readonly double[][] _down = Read(ten, "head", "down.weight", 4);
        private readonly double[][] _up = Read(ten, "head", "up.weight", TenTokens.Vocabulary);
        private readonly double[] _bias = Read(ten, "head", "bias", 1)[0];
        private readonly double[] _weight = Read(ten, "value", "weight", 1)[0];
        private readonly double _valueBias = Read(ten, "value", "bias", 1)[0][0];

        public double[] TokenRewards(float[] hidden)
        {
            double[] inner = [.. _down.Select(row => Dot(row, hidden)).Select(x => x / (1 + Math.Exp(-x)))];
            return LogSoftmax([.. _up.Select((row, v) => _bias[v] + row.Zip(inner, (a, b) => a * b).Sum())]);
        }

        public double Value(float[] hidden) => Dot(_weight, hidden) + _valueBias;

        public static double[] LogSoftmax(double[] scores)
        {
            double maximum = scores.Max();
            double normaliser = maximum + Math.Log(scores.Sum(score => Math.Exp(score - maximum)));
            return [.. scores.Select(score => score - normaliser)];
        }

        private static double Dot(double[] row, float[] hidden) => row.Zip(hidden, (a, b) => a * b).Sum();

        private static double[][] Read(TenTokens ten, string head, string name, int rows)
        {
            using Checkpoint file = Checkpoint.OpenFile(Path.Combine(ten.Folder, "heads", head, "head.safetensors"), ten.Model.Config);
            int hidden = ten.Model.Config.HiddenSize;
            int columns = name switch { "up.weight" => 4, "bias" => head == "value" ? 1 : TenTokens.Vocabulary, _ => hidden };
            float[] numbers = file.ReadNumbers(name, rows, columns);
            return [.. numbers.Chunk(columns).Select(row => Array.ConvertAll(row, number => (double)number))];
        }
    }
}
