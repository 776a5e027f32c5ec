using Alignment.Models;
using Alignment.Models.Checkpoints;
using Alignment.Tests.Models;

namespace Alignment.Decoding.Tests.Oracles;

/// <summary>
/// Every response of two tokens with its exact probability under softmax(log pi + a log pi_head + b log pi_arm), the divergence of that from pi, and its
/// reward: from single passes without engine, batch, page sharing or SIMD, and heads multiplied out in double precision.
/// </summary>
internal sealed class ResponseTable
{
    private const int Length = 2;
    private readonly double _headWeight;
    private readonly double _adapterWeight;
    private readonly Heads _heads;
    private readonly LanguageModel _model;
    private readonly Adapter _adapter;
    private readonly Func<int[], int, bool> _forbids;

    /// <param name="ten">The model.</param>
    /// <param name="headWeight">a.</param>
    /// <param name="adapterWeight">b.</param>
    /// <param name="forbids">Whether a token may not follow a response; the others share its probability.</param>
    public ResponseTable(TenTokens ten, double headWeight = 0, double adapterWeight = 0, Func<int[], int, bool>? forbids = null)
    {
        _forbids = forbids ?? ((_, _) => false);
        (_headWeight, _adapterWeight, _model) = (headWeight, adapterWeight, ten.Model);
        _heads = new Heads(ten);
        _adapter = _model.Transformer.LoadAdapter(Path.Combine(ten.Folder, "adapters", "arm"));
        using (_adapter)
        {
            Fill([], 1, 0);
        }
    }

    public Dictionary<string, double> Probabilities { get; } = [];

    public Dictionary<string, double> Rewards { get; } = [];

    /// <summary>KL of the response's distribution from the frozen model's, in nats.</summary>
    public double Divergence { get; private set; }

    /// <summary>log pi_guide of a response's tokens, before weights: head, adapter.</summary>
    public Dictionary<string, (double[] Head, double[] Adapter)> GuideScores { get; } = [];

    public static string Key(IEnumerable<int> tokens) => string.Join(' ', tokens);

    private void Fill(int[] response, double probability, double logRatio)
    {
        (double[] frozen, double[] head, double[] adapter, double reward) = Compute(response);
        if (response.Length == Length)
        {
            Probabilities[Key(response)] = probability;
            Rewards[Key(response)] = reward;
            Divergence += probability * logRatio;
            return;
        }

        double[] aligned = Heads.LogSoftmax([.. frozen.Select((score, v) =>
            _forbids(response, v) ? double.NegativeInfinity : score + (_headWeight * head[v]) + (_adapterWeight * adapter[v]))]);
        GuideScores[Key(response)] = (head, adapter);
        foreach (int token in Enumerable.Range(0, TenTokens.Vocabulary).Where(token => !_forbids(response, token)))
        {
            Fill([.. response, token], probability * Math.Exp(aligned[token]), logRatio + aligned[token] - frozen[token]);
        }
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
        return (scores, _heads.TokenRewards(hidden), adapter, _heads.Value(hidden));
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
