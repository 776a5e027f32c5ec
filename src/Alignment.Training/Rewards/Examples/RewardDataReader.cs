using System.Globalization;
using Alignment.Training.Data;
using Alignment.Training.Data.Packing;
using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Rewards.Examples;

/// <summary>Encodes pairs source by source, and counts those that cannot be used.</summary>
/// <param name="learns">Whether a part is learned from.</param>
/// <param name="encoder">Texts to tokens.</param>
/// <param name="maxLength">Most tokens of a response with its prompt.</param>
internal sealed class RewardDataReader(Predicate<DataPart> learns, ChatEncoder encoder, int maxLength)
{
    private int _rows;
    private int _usable;
    private int _tooLong;
    private int _shortest = int.MaxValue;

    public List<RewardExample> Training { get; } = [];

    public List<RewardExample> HeldOut { get; } = [];

    /// <summary>Takes the pairs of one source, of each kind at most so many.</summary>
    public void Add(IReadOnlyList<PreferencePair> pairs, int limit)
    {
        PreferencePair[] usable = [.. pairs.Where(pair => pair.IsUsable)];
        (_rows, _usable) = (_rows + pairs.Count, _usable + usable.Length);
        Encode(usable.Where(pair => pair.Part != DataPart.HeldOut && learns(pair.Part)).Take(limit), Training);
        Encode(usable.Where(pair => pair.Part == DataPart.HeldOut).Take(limit), HeldOut);
    }

    /// <summary>Why nothing can be learned; null where something can.</summary>
    public string? Problem()
        => _rows == 0 ? "the rows make no pair of a better and a worse response to compare"
            : _usable == 0 ? "no row has two different answers to a prompt"
            : Training.Count + HeldOut.Count == 0 && _tooLong > 0
                ? Text($"all {_tooLong} pairs are too long: the shortest has {_shortest} tokens, the limit is {maxLength} ")
                + "(--max-length, and the model's context)"
            : _usable == 1 ? "there is one pair only; learning takes at least two"
            : Training.Count < 2
                ? Text($"{Training.Count} of {_usable} pairs left to learn from ({HeldOut.Count} held out, {_tooLong} too long); ")
                + "learning takes at least two"
            : null;

    /// <summary>What was not used and why, a sentence each.</summary>
    public IEnumerable<string> LeftOut()
    {
        if (_rows > _usable)
        {
            yield return Text($"{_rows - _usable} of {_rows} pairs have no two different answers to a prompt");
        }

        if (_tooLong > 0)
        {
            yield return Text($"{_tooLong} pairs have more than {maxLength} tokens");
        }
    }

    private void Encode(IEnumerable<PreferencePair> pairs, List<RewardExample> destination)
    {
        foreach (RewardExample example in pairs.Select(pair => RewardExample.Of(pair, encoder)))
        {
            if (example.Length <= maxLength)
            {
                destination.Add(example);
            }
            else
            {
                (_tooLong, _shortest) = (_tooLong + 1, Math.Min(_shortest, example.Length));
            }
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
