namespace Alignment.Training.Data.Rows;

/// <summary>Which format a file's rows have, by the fields of the first.</summary>
internal static class FormatRecognition
{
    private const int MostNames = 20;
    private const int MaxName = 40;

    private static readonly (string Format, string[] Fields)[] s_preferences =
    [
        (SourceFormat.Preference, ["chosen", "rejected"]),
        (SourceFormat.Unpaired, ["prompt", "completion", "label"]),
        (SourceFormat.Ratings, ["prompt", "completion", "ratings"]),
    ];

    private static readonly (string Format, string[] Fields)[] s_documents = [(SourceFormat.Dialogue, ["messages"]), .. s_preferences];

    /// <summary>The source's own format, or the one of preferences that its rows have.</summary>
    /// <exception cref="InvalidDataException">They have none of them.</exception>
    public static string OfPreferences(string path, MixSource source) => source.Format ?? Of(path, source, s_preferences);

    /// <summary>The source's own format, or the one of documents that its rows have.</summary>
    /// <exception cref="InvalidDataException">They have none of them.</exception>
    public static string OfDocuments(string path, MixSource source) => source.Format ?? Of(path, source, s_documents);

    private static string Of(string path, MixSource source, (string Format, string[] Fields)[] known)
    {
        // Where no row can be read, any format leads to the message that says why.
        DataRow? row = DataRows.First(path, source);
        IEnumerable<string> columns = row?.Columns.Take(MostNames).Select(name => Shown.Of(name, MaxName)) ?? [];
        return row is null ? known[^1].Format
            : known.FirstOrDefault(format => format.Fields.All(row.Has)).Format
            ?? throw new InvalidDataException(
                $"{path}: the first row has {string.Join(", ", columns)}, no format that is recognised "
                + $"({string.Join(", ", known.Select(format => $"{format.Format}: {string.Join(" ", format.Fields)}"))}); "
                + "--column renames, --format names");
    }
}
