namespace Alignment.Training.Data.Rows;

/// <summary>What is wrong with the rows of a file: the first problems, and how many more there are.</summary>
internal sealed class RowProblems
{
    private const int MostProblems = 20;

    private readonly List<string> _kept = [];

    /// <summary>Problems found, kept or not.</summary>
    public int Count { get; private set; }

    /// <summary>Does something with a row, or with all of them, and notes what is wrong.</summary>
    /// <param name="line">Of the row; null where the message says it.</param>
    /// <param name="read">What is done.</param>
    public void Collect(int? line, Action read)
    {
        try
        {
            read();
        }
        catch (RowException fault)
        {
            Add(line is null ? fault.Message : $"line {line}: {fault.Message}");
        }
    }

    /// <inheritdoc/>
    public override string ToString()
        => string.Join("; ", _kept) + (Count > _kept.Count ? $"; and {Count - _kept.Count} more" : "");

    private void Add(string problem)
    {
        if (Count++ < MostProblems)
        {
            _kept.Add(Shown.Of(problem, Shown.Problem));
        }
    }
}
