namespace Alignment.Training.Data;

/// <summary>One file of a <see cref="DataMix"/>.</summary>
/// <param name="Path">File, relative to the mix's folder.</param>
/// <param name="Format">A name of <see cref="SourceFormat"/>; null where the rows' fields tell.</param>
/// <param name="License">As the source states it, for the model card; null where nobody has said.</param>
/// <param name="Weight">
/// How often each row is seen in an epoch; the fraction is a chance by the row's hash. Of a pair: the weight of its loss.
/// </param>
/// <param name="HeldOut">Share of prompts that no training sees.</param>
/// <param name="Limit">
/// Most preference pairs to learn from, and most to measure on, so that a large source does not drown the others.
/// </param>
/// <param name="Columns">By a field's name in its format, its name in the file, where that is another.</param>
public sealed record MixSource(
    string Path,
    string? Format = null,
    string? License = null,
    double Weight = 1,
    double HeldOut = 0.01,
    int Limit = int.MaxValue,
    IReadOnlyDictionary<string, string>? Columns = null)
{
    internal IEnumerable<string> Problems(string folder)
    {
        if (!File.Exists(System.IO.Path.Combine(folder, Path)))
        {
            yield return $"path '{Path}' is not in {folder}";
        }

        if (Format is not null && !SourceFormat.All.Contains(Format))
        {
            yield return $"format '{Format}' is unknown (there are {string.Join(", ", SourceFormat.All)})";
        }

        if (Weight is not (> 0 and <= 100))
        {
            yield return $"weight {Weight} of '{Path}' is not in (0, 100]";
        }

        if (HeldOut is not (>= 0 and < 1))
        {
            yield return $"held_out {HeldOut} of '{Path}' is not in [0, 1)";
        }

        if (Limit < 1)
        {
            yield return $"limit {Limit} of '{Path}' is not positive";
        }

        if (Columns?.Values.Any(string.IsNullOrEmpty) == true)
        {
            yield return $"columns of '{Path}' have no name for a field";
        }

        string[] fields = [.. SourceFormat.Fields(Format)];
        foreach (string unknown in Columns?.Keys.Except(fields) ?? [])
        {
            yield return $"columns of '{Path}' rename '{unknown}', which is no field "
                + (fields.Length > 0 ? $"(there are {string.Join(", ", fields)})" : "of this format");
        }
    }
}
