namespace Alignment.Training.Data;

/// <summary>One file of a <see cref="DataMix"/>.</summary>
/// <param name="Path">File, relative to the mix's folder.</param>
/// <param name="Format">A name of <see cref="SourceFormat"/>; null where the rows' fields tell.</param>
/// <param name="License">As the source states it, for the model card; null where nobody has said.</param>
/// <param name="Weight">
/// How often each row is seen in an epoch; the fraction is a chance by the row's hash. Of a pair: the weight of its loss.
/// </param>
/// <param name="HeldOut">Share of first user turns whose rows no training sees.</param>
/// <param name="Limit">
/// Most preference pairs to learn from, and most to measure on, so that a large source does not drown the others.
/// </param>
/// <param name="Columns">By a field's name in its format, its name in the file, where that is another.</param>
/// <param name="Share">
/// Share of first user turns whose rows are read, those held out among them, by the same hash: what one mix holds out at 0.04, and no more,
/// another reads with a share of 0.04.
/// </param>
/// <param name="Except">First user turns whose rows are left out, in any spelling of the same letters and digits.</param>
public sealed record MixSource(
    string Path,
    string? Format = null,
    string? License = null,
    double Weight = 1,
    double HeldOut = 0.01,
    int Limit = int.MaxValue,
    IReadOnlyDictionary<string, string>? Columns = null,
    double Share = 1,
    IReadOnlyList<string>? Except = null)
{
    /// <summary>The part of a row that begins with these turns; null where it is not read.</summary>
    public DataPart? PartOf(IReadOnlyList<Turn> turns)
    {
        string key = DataSplit.Key(turns);
        bool isRead = DataSplit.Fraction(key) < Share && Except?.Any(text => DataSplit.Normalize(text) == key) is not true;
        return isRead ? DataSplit.PartOf(key, HeldOut, Share) : null;
    }

    internal IEnumerable<string> Problems(string folder)
    {
        (bool Holds, string Problem)[] rules =
        [
            (File.Exists(System.IO.Path.Combine(folder, Path)), $"path '{Path}' is not in {folder}"),
            (Format is null || SourceFormat.All.Contains(Format),
                $"format '{Format}' is unknown (there are {string.Join(", ", SourceFormat.All)})"),
            (Weight is > 0 and <= 100, $"weight {Weight} of '{Path}' is not in (0, 100]"),
            (HeldOut is >= 0 and < 1, $"held_out {HeldOut} of '{Path}' is not in [0, 1)"),
            (Share is > 0 and <= 1, $"share {Share} of '{Path}' is not in (0, 1]"),
            (Share >= HeldOut || Share is not > 0, $"held_out {HeldOut} of '{Path}' is more than its share {Share}"),
            (Except?.Any(string.IsNullOrWhiteSpace) is not true, $"except of '{Path}' has an empty turn"),
            (Limit > 0, $"limit {Limit} of '{Path}' is not positive"),
            (Columns?.Values.Any(string.IsNullOrEmpty) is not true, $"columns of '{Path}' have no name for a field"),
        ];
        return [.. rules.Where(rule => !rule.Holds).Select(rule => rule.Problem), .. UnknownColumns()];
    }

    private IEnumerable<string> UnknownColumns()
    {
        string[] fields = [.. SourceFormat.Fields(Format)];
        string known = fields.Length > 0 ? $"(there are {string.Join(", ", fields)})" : "of this format";
        return (Columns?.Keys ?? []).Except(fields).Select(name => $"columns of '{Path}' rename '{name}', which is no field {known}");
    }
}
