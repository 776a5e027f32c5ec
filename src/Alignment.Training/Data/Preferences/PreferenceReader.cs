using Alignment.Training.Data.Rows;

namespace Alignment.Training.Data.Preferences;

/// <summary>
/// Reads any source but the plain texts as preference pairs. Where a row names only one response, the other is borrowed from
/// a row of the same part, so no text of one part reaches another.
/// </summary>
public static class PreferenceReader
{
    /// <summary>
    /// All pairs of a source, in the file's order, also those that <see cref="PreferencePair.IsUsable"/> says are of no use.
    /// </summary>
    /// <exception cref="InvalidDataException">Rows are malformed, there are none, or the format holds no preferences.</exception>
    public static IReadOnlyList<PreferencePair> Read(string folder, MixSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        string path = Path.Combine(folder, source.Path);
        string format = FormatRecognition.OfPreferences(path, source);
        return
        [
            .. format switch
            {
                SourceFormat.Preference => RankedPairs.ReadPreferences(path, source),
                SourceFormat.Unpaired => UnpairedPairs.Read(path, source),
                SourceFormat.Dialogue => RelevancePairs.Read(path, source),
                SourceFormat.Ranks => RankedPairs.ReadRanks(path, source),
                SourceFormat.Annotators => RankedPairs.ReadAnnotators(path, source),
                SourceFormat.Feedback => FeedbackPairs.Read(path, source),
                SourceFormat.Ratings => RatedRows.ReadPairs(path, source),
                _ => throw new InvalidDataException($"{path}: format '{format}' holds no preferences."),
            },
        ];
    }
}
