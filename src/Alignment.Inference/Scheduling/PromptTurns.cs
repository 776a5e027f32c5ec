using Alignment.Inference.Pages;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// In which order prompts get what a pass can spend on them, and how much. The cheapest come first, so that none waits for a long one;
/// every pass without a row quarters what counts as a prompt's price, so that long ones get on too. One that no pass can finish has the
/// whole budget while no shorter prompt comes; once one has come, it takes a slice at most, together with those before it, for many passes:
/// whoever comes next waits for no more than that. One that nothing else waits for may cost more where a pass can be given up for somebody
/// who comes, as deep in a context few rows at once make much of their cost.
/// </summary>
/// <param name="budget">Most rows of the prompts of one pass, and what they may cost: rows at the beginning of a context.</param>
/// <param name="slice">What one that the budget cannot finish may cost where others come.</param>
/// <param name="alone">How many budgets one may cost that nothing else waits for.</param>
/// <param name="prices">What their rows cost, of each lane.</param>
internal sealed class PromptTurns(int budget, int slice, int alone, RowPrice[] prices)
{
    private const int MostShifts = 62;

    /// <summary>Passes for which others are expected after one has come: a second or more.</summary>
    private const int Expected = 256;

    private readonly List<(long Order, int Place, long Price, Ask Ask)> _turns = [];
    private int _company;
    private bool _hasShort;
    private bool _isAlone;
    private int _freeRows;
    private long _free;
    private long _spent;

    public int Budget => budget;

    public int Count => _turns.Count;

    public void Clear()
    {
        _turns.Clear();
        _hasShort = false;
        (_freeRows, _free, _spent) = (budget, 0, 0);
    }

    /// <summary>Adds a prompt; of those that cost the same, the first one added comes first.</summary>
    public void Add(Ask ask)
    {
        long missing = PriceOf(ask, ask.IsPrompt ? ask.Remaining : 0);
        _hasShort |= missing <= budget;
        _turns.Add((missing >> Math.Min(2 * ask.PassesWithoutRows, MostShifts), _turns.Count, missing, ask));
    }

    /// <summary>Ends the adding.</summary>
    /// <param name="besideOthers">Whether the pass has rows of others.</param>
    public void Sort(bool besideOthers)
    {
        _company = _turns.Count > 1 && _hasShort ? Expected : Math.Max(0, _company - 1);
        _isAlone = _turns.Count == 1 && _company == 0 && !besideOthers;
        _turns.Sort(static (a, b) => (a.Order, a.Place).CompareTo((b.Order, b.Place)));
    }

    /// <summary>Gives a prompt its turn.</summary>
    /// <param name="turn">From 0 to <see cref="Count"/> - 1.</param>
    public Ask Begin(int turn)
    {
        (_, _, long missing, Ask ask) = _turns[turn];
        int most = missing <= budget || _company == 0 ? budget : Math.Min(slice, budget);
        _free = ((long)most * (_isAlone ? alone : 1)) - _spent;
        return ask;
    }

    /// <summary>How many rows of a path, from a position on, the prompt whose turn it is may have.</summary>
    public int Rows(TokenPath path, int first) => Math.Min(_freeRows, prices[path.Lane].Rows(first, _free));

    /// <summary>
    /// How many outputs of each of its paths the prompt whose turn it is may have, behind the rows before them. Where any row is left, one:
    /// a budget smaller than that would give none for ever.
    /// </summary>
    /// <param name="ask">All of whose rows are prompt.</param>
    /// <param name="silent">Its rows before the first output.</param>
    /// <param name="most">More are not wanted.</param>
    public int Outputs(Ask ask, int silent, int most)
    {
        if (_free <= 0)
        {
            return 0;
        }

        most = Math.Min(most, (_freeRows - silent + ask.OutputPaths - 1) / ask.OutputPaths);
        int least = Math.Min(1, most);
        while (least < most)
        {
            int middle = least + ((most - least + 1) / 2);
            (least, most) = PriceOf(ask, middle) <= _free ? (middle, most) : (least, middle - 1);
        }

        return least;
    }

    /// <summary>Whether the prompt whose turn it is may have so many rows of its paths before the first output.</summary>
    public bool Allows(Ask ask, int rows) => rows <= _freeRows && SilentPriceOf(ask) <= _free;

    /// <summary>Spends on the next rows of a path of the prompt whose turn it is.</summary>
    public void Take(TokenPath path, int rows)
    {
        long spent = prices[path.Lane].Of(path.Computed, rows);
        _freeRows -= rows;
        _spent += spent;
        _free -= spent;
    }

    private long SilentPriceOf(Ask ask)
    {
        long sum = 0;
        for (int i = 0; i < ask.Paths; i++)
        {
            TokenPath path = ask.Sequence.Paths[i];
            sum += prices[path.Lane].Of(path.Computed, ask.SilentRows(path));
        }

        return sum;
    }

    private long PriceOf(Ask ask, int outputs)
    {
        long sum = SilentPriceOf(ask);
        for (int i = 0; i < ask.OutputPaths; i++)
        {
            TokenPath path = ask.Sequence.Paths[i];
            sum += prices[path.Lane].Of(ask.NextIn(path), outputs);
        }

        return sum;
    }
}
