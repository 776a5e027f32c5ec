namespace Alignment.Decoding.Methods;

/// <summary>Rows that candidates which are drawn at once may spend together, so that enough is left to score them all.</summary>
/// <param name="rows">How many.</param>
internal sealed class Allowance(long rows)
{
    private long _left = rows;

    /// <summary>Takes some, if there are so many.</summary>
    public bool TryTake(int rows)
    {
        bool isThere = rows <= _left;
        _left -= isThere ? rows : 0;
        return isThere;
    }
}
