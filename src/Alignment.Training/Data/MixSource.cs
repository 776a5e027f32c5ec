namespace Alignment.Training.Data;

/// <summary>One file of a <see cref="DataMix"/>.</summary>
/// <param name="Path">File, relative to the data folder.</param>
/// <param name="Format">A name of <see cref="SourceFormat"/>.</param>
/// <param name="License">As the source states it; for the model card.</param>
/// <param name="Weight">How often each row is seen in an epoch; the fraction is a chance by the row's hash.</param>
/// <param name="HeldOut">Share of prompts that no training sees.</param>
/// <param name="Limit">Most preference pairs of each part, so that a large source does not drown the others.</param>
public sealed record MixSource(string Path, string Format, string License, double Weight = 1, double HeldOut = 0.01, int Limit = int.MaxValue)
{
    internal IEnumerable<string> Problems(string dataFolder)
    {
        if (!File.Exists(System.IO.Path.Combine(dataFolder, Path)))
        {
            yield return $"path '{Path}' is not in {dataFolder}";
        }

        if (!SourceFormat.All.Contains(Format))
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
    }
}
