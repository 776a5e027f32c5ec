namespace Alignment.Training.Data.Documents;

/// <summary>
/// Texts that no training may have seen, by how they begin and by their <see cref="WordRuns"/>: hashes of these are held, not the texts.
/// </summary>
internal sealed class KeptApart
{
    private readonly HashSet<ulong> _beginnings = [];
    private readonly HashSet<ulong> _runs = [];

    public void Add(IReadOnlyList<Turn> turns)
    {
        _beginnings.Add(Beginning(turns));
        _runs.UnionWith(WordRuns.Of(turns));
    }

    /// <summary>Whether a text that was added begins with the same turn of the user.</summary>
    public bool HasBeginning(IReadOnlyList<Turn> turns) => _beginnings.Contains(Beginning(turns));

    /// <summary>The runs that a text that was added has too, each once.</summary>
    public ulong[] SharedRuns(IReadOnlyList<Turn> turns) => [.. WordRuns.Of(turns).Where(_runs.Contains).Distinct()];

    private static ulong Beginning(IReadOnlyList<Turn> turns) => DataSplit.Hash(DataSplit.Key(turns));
}
