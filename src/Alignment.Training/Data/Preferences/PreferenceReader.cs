namespace Alignment.Training.Data.Preferences;

/// <summary>
/// Reads any source but the plain texts as preference pairs. Where a row names only one response, the other is borrowed from
/// a row of the same part, so no text of one part reaches another.
/// </summary>
public static class PreferenceReader
{
    /// <summary>All pairs of a source, in the file's order; rows without a clear preference are left out.</summary>
    /// <exception cref="InvalidDataException">A row is malformed, or the format holds no preferences.</exception>
    public static IEnumerable<PreferencePair> Read(string dataFolder, MixSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        string path = Path.Combine(dataFolder, source.Path);
        IEnumerable<PreferencePair> pairs = source.Format switch
        {
            SourceFormat.Dialogue => RelevancePairs.Read(path, source),
            SourceFormat.HumanAssistant => RankedPairs.ReadHumanAssistant(path, source),
            SourceFormat.Ranks => RankedPairs.ReadRanks(path, source),
            SourceFormat.Annotators => RankedPairs.ReadAnnotators(path, source),
            SourceFormat.Safety => SafetyPairs.Read(path, source),
            SourceFormat.Feedback => FeedbackPairs.Read(path, source),
            _ => throw new InvalidDataException($"{path}: format '{source.Format}' holds no preferences."),
        };
        return pairs.Where(pair => pair.Prompt.Count > 0 && pair.Chosen.Length > 0 && pair.Rejected.Length > 0 && pair.Chosen != pair.Rejected);
    }

    /// <summary>Every pair of a mix that belongs to a part.</summary>
    public static IEnumerable<PreferencePair> Read(string dataFolder, DataMix mix, DataPart part)
    {
        ArgumentNullException.ThrowIfNull(mix);
        return mix.Sources.SelectMany(source => Read(dataFolder, source).Where(pair => pair.Part == part).Take(source.Limit));
    }
}
