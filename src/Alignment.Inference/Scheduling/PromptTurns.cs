using Alignment.Inference.Asks;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// In which order prompts get the rows that a pass has for them, and how many. The shortest come first, so that none waits for a long one; every pass
/// without a row halves what counts as a prompt's length, so that long ones get on too. One that this pass cannot finish takes a slice at most:
/// whoever arrives meanwhile waits for no more than that.
/// </summary>
/// <param name="rows">Rows that the prompts of one pass take together, at most.</param>
internal sealed class PromptTurns(int rows)
{
    private const int Slices = 8;
    private const int MostHalvings = 31;

    private readonly List<(int Length, int Place, int Lacking, Ask Ask)> _turns = [];
    private readonly int _slice = Math.Max(1, rows / Slices);
    private int _taken;

    /// <summary>Rows that the prompt whose turn it is may take.</summary>
    public int Free { get; private set; }

    public int Count => _turns.Count;

    public void Clear()
    {
        _turns.Clear();
        _taken = 0;
    }

    /// <summary>Adds a prompt that lacks so many rows; of those that lack the same, the first one added comes first.</summary>
    public void Add(Ask ask, int lacking)
        => _turns.Add((lacking >> Math.Min(ask.PassesWithoutRows, MostHalvings), _turns.Count, lacking, ask));

    public void Sort() => _turns.Sort(static (a, b) => (a.Length, a.Place).CompareTo((b.Length, b.Place)));

    /// <summary>Gives a prompt its turn.</summary>
    /// <param name="turn">From 0 to <see cref="Count"/> - 1.</param>
    public Ask Begin(int turn)
    {
        (_, _, int lacking, Ask ask) = _turns[turn];
        Free = Math.Max(0, (lacking <= rows ? rows : _slice) - _taken);
        return ask;
    }

    /// <summary>Counts rows that the prompt whose turn it is has taken.</summary>
    public void Take(int count)
    {
        _taken += count;
        Free -= count;
    }
}
