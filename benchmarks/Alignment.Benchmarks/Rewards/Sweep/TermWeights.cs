using Alignment.Training.Data;
using Alignment.Training.Rewards.Objectives;

namespace Alignment.Benchmarks.Rewards.Sweep;

/// <summary>
/// Logistic regression on differences of TF-IDF vectors (words and pairs of words, at least twice in what is learned from): what needs no
/// language model at all.
/// </summary>
internal sealed class TermWeights
{
    private const int Epochs = 30;
    private const double Rate = 0.5;
    private const double Decay = 1e-4;

    private readonly Dictionary<string, int> _terms = new(StringComparer.Ordinal);
    private readonly double[] _rarity;
    private readonly double[] _weights;

    private TermWeights(IReadOnlyList<string> texts)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        foreach (string term in texts.SelectMany(text => Terms(text).Distinct()))
        {
            counts[term] = counts.GetValueOrDefault(term) + 1;
        }

        foreach ((string term, _) in counts.Where(count => count.Value > 1).OrderBy(count => count.Key, StringComparer.Ordinal))
        {
            _terms.Add(term, _terms.Count);
        }

        _rarity = new double[_terms.Count];
        _weights = new double[_terms.Count];
        foreach ((string term, int index) in _terms)
        {
            _rarity[index] = Math.Log((1.0 + texts.Count) / (1.0 + counts[term])) + 1;
        }
    }

    /// <summary>Of pairs of texts, the first of each preferred.</summary>
    public static TermWeights Fit(IReadOnlyList<(string Chosen, string Rejected)> pairs)
    {
        TermWeights model = new([.. pairs.SelectMany(pair => new[] { pair.Chosen, pair.Rejected })]);
        Dictionary<int, double>[] differences = [.. pairs.Select(model.Difference)];
        double[] squares = new double[model._weights.Length];
        int[] order = [.. Enumerable.Range(0, pairs.Count)];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            SeededOrder.Shuffle<int>(order, (ulong)epoch);
            foreach (int i in order)
            {
                model.Learn(differences[i], squares);
            }
        }

        return model;
    }

    public double Margin((string Chosen, string Rejected) pair) => Score(Difference(pair));

    /// <summary>A step of AdaGrad.</summary>
    private void Learn(Dictionary<int, double> difference, double[] squares)
    {
        double slope = PairwiseLoss.Slope(Score(difference));
        foreach ((int term, double value) in difference)
        {
            double gradient = (slope * value) - (Decay * _weights[term]);
            squares[term] += gradient * gradient;
            _weights[term] += Rate * gradient / Math.Sqrt(squares[term] + 1e-8);
        }
    }

    private double Score(Dictionary<int, double> difference) => difference.Sum(term => term.Value * _weights[term.Key]);

    private Dictionary<int, double> Difference((string Chosen, string Rejected) pair)
    {
        Dictionary<int, double> difference = Vector(pair.Chosen);
        foreach ((int term, double value) in Vector(pair.Rejected))
        {
            difference[term] = difference.GetValueOrDefault(term) - value;
        }

        return difference;
    }

    /// <summary>Of length 1.</summary>
    private Dictionary<int, double> Vector(string text)
    {
        Dictionary<int, double> vector = Terms(text).Where(_terms.ContainsKey).GroupBy(term => _terms[term])
            .ToDictionary(group => group.Key, group => group.Count() * _rarity[group.Key]);
        double norm = Math.Sqrt(vector.Values.Sum(value => value * value));
        return vector.ToDictionary(term => term.Key, term => term.Value / norm);
    }

    private static IEnumerable<string> Terms(string text)
    {
        string[] words = string.Concat(text.ToLowerInvariant().Select(letter => char.IsLetterOrDigit(letter) ? letter : ' '))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Concat(words.Zip(words.Skip(1), (first, second) => $"{first} {second}"));
    }
}
