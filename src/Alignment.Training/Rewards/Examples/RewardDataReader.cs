using System.Globalization;
using Alignment.Training.Data;
using Alignment.Training.Data.Packing;
using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Rewards.Examples;

/// <summary>Encodes pairs and rated responses source by source, and counts those that cannot be used.</summary>
/// <param name="learns">Whether a part is learned from.</param>
/// <param name="encoder">Texts to tokens.</param>
/// <param name="maxLength">Most tokens of a response with its prompt.</param>
/// <param name="kind">What is learned from.</param>
internal sealed class RewardDataReader(Predicate<DataPart> learns, ChatEncoder encoder, int maxLength, ExampleKind kind)
{
    private readonly List<(ResponseTokens Response, RatedResponse Said)> _rated = [];
    private int _rows;
    private int _usable;
    private int _tooLong;
    private int _unjudged;
    private int _shortest = int.MaxValue;

    public List<RewardExample> Training { get; } = [];

    public List<RewardExample> HeldOut { get; } = [];

    /// <summary>Every attribute that a response to learn from was rated by, in the order of the alphabet.</summary>
    public IReadOnlyList<string> Attributes =>
        [.. _rated.SelectMany(response => response.Said.Ratings.Keys).Distinct().Order(StringComparer.Ordinal)];

    private bool LearnsFromPairs => kind is ExampleKind.Pairs or ExampleKind.PairsByUser;

    /// <summary>Takes the pairs of one source, to learn from and to measure on at most so many; where single responses are learned from,
    /// only the latter.</summary>
    public void Add(IReadOnlyList<PreferencePair> pairs, int limit)
    {
        PreferencePair[] usable = [.. pairs.Where(pair => pair.IsUsable)];
        Encode(usable.Where(pair => pair.Part == DataPart.HeldOut).Take(limit), HeldOut);
        if (LearnsFromPairs)
        {
            (_rows, _usable) = (_rows + pairs.Count, _usable + usable.Length);
            Encode(usable.Where(pair => pair.Part != DataPart.HeldOut && learns(pair.Part)).Take(limit), Training);
        }
    }

    /// <summary>Takes the rated responses of one source to learn from, at most so many.</summary>
    public void Add(IReadOnlyList<RatedResponse> responses, int limit)
    {
        RatedResponse[] usable = [.. responses.Where(response => response.IsUsable)];
        (_rows, _usable) = (_rows + responses.Count, _usable + usable.Length);
        foreach (RatedResponse said in usable.Where(row => row.Part != DataPart.HeldOut && learns(row.Part)).Take(limit))
        {
            ResponseTokens response = ResponseTokens.Of(said.Prompt, said.Response, encoder);
            if (Fits(response.Tokens.Length))
            {
                _rated.Add((response, said));
            }
        }
    }

    /// <summary>The rated responses, each with a number for every attribute.</summary>
    public IReadOnlyList<RatedExample> Rated()
    {
        IReadOnlyList<string> attributes = Attributes;
        return
        [
            .. _rated.Select(rated => new RatedExample(
                rated.Response,
                [.. attributes.Select(name => rated.Said.Ratings.TryGetValue(name, out double rating) ? rating : double.NaN)],
                rated.Said.Weight,
                rated.Said.Source)),
        ];
    }

    /// <summary>Why nothing can be learned; null where something can.</summary>
    public string? Problem()
    {
        (string rows, string row, int learned) = LearnsFromPairs
            ? ("pairs", "pair", Training.Count)
            : ("responses", "response", _rated.Count);
        return _rows == 0 ? "the rows make no pair of a better and a worse response to compare"
            : _usable == 0 ? "no row has two different answers to a prompt"
            : learned + HeldOut.Count == 0 && _tooLong > 0
                ? Text($"all {_tooLong} {rows} are too long: the shortest has {_shortest} tokens, the limit is {maxLength} ")
                + "(--max-length, and the model's context)"
            : learned == 0 && _unjudged > 0 ? Text($"{_unjudged} pairs do not say who judged them ('user')")
            : _usable == 1 ? $"there is one {row} only; learning takes at least two"
            : learned < 2
                ? Text($"{learned} of {_usable} {rows} left to learn from ({HeldOut.Count} held out, {_tooLong} too long); ")
                + "learning takes at least two"
            : null;
    }

    /// <summary>What was not used and why, a sentence each.</summary>
    public IEnumerable<string> LeftOut()
    {
        if (_rows > _usable)
        {
            yield return LearnsFromPairs
                ? Text($"{_rows - _usable} of {_rows} pairs have no two different answers to a prompt")
                : Text($"{_rows - _usable} of {_rows} responses are empty or answer nothing");
        }

        if (_tooLong > 0)
        {
            yield return Text($"{_tooLong} {(LearnsFromPairs ? "pairs" : "responses and pairs")} have more than {maxLength} tokens");
        }

        if (_unjudged > 0)
        {
            yield return Text($"{_unjudged} pairs do not say who judged them");
        }
    }

    private void Encode(IEnumerable<PreferencePair> pairs, List<RewardExample> destination)
    {
        foreach (PreferencePair pair in pairs)
        {
            RewardExample example = RewardExample.Of(pair, encoder);
            if (!Fits(example.Length))
            {
                continue;
            }

            bool byUser = kind == ExampleKind.PairsByUser;
            _unjudged += byUser && pair.Judges.Count == 0 ? 1 : 0;
            destination.AddRange(byUser ? pair.Judges.Select(example.By) : [example]);
        }
    }

    private bool Fits(int length)
    {
        bool fits = length <= maxLength;
        (_tooLong, _shortest) = fits ? (_tooLong, _shortest) : (_tooLong + 1, Math.Min(_shortest, length));
        return fits;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
