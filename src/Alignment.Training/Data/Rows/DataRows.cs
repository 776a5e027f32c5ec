namespace Alignment.Training.Data.Rows;

/// <summary>
/// Reads the rows of a data file: JSON lines or a JSON array, CSV or TSV by the file's name, each also compressed (<c>.gz</c>).
/// </summary>
internal static class DataRows
{
    private static readonly Dictionary<string, string> s_ownNames = [];

    /// <summary>Every row, read by <paramref name="parse"/>.</summary>
    /// <exception cref="InvalidDataException">
    /// The file has no rows, or some are malformed: file, lines and fields are named, the first 20 problems and the number of others.
    /// </exception>
    public static List<T> Read<T>(string path, MixSource source, Func<DataRow, T> parse)
    {
        List<T> results = [];
        RowProblems problems = new();
        int rows = 0;
        problems.Collect(null, () =>
        {
            foreach (RawRow raw in Raw(path))
            {
                rows++;
                problems.Collect(raw.Line, () => results.Add(parse(new DataRow(raw.Fields(), source.Columns ?? s_ownNames))));
            }
        });
        return problems.Count > 0 ? throw new InvalidDataException($"{path}: {problems}")
            : rows == 0 ? throw new InvalidDataException($"{path}: holds no rows")
            : results;
    }

    /// <summary>The first row; null where there is none that can be read, which <see cref="Read"/> then says.</summary>
    public static DataRow? First(string path, MixSource source)
    {
        try
        {
            return Raw(path).Take(1).Select(raw => new DataRow(raw.Fields(), source.Columns ?? s_ownNames)).FirstOrDefault();
        }
        catch (RowException)
        {
            return null;
        }
    }

    private static IEnumerable<RawRow> Raw(string path) => Kind(path) switch
    {
        ".CSV" => Lines(path, text => SeparatedRows.Read(text, ',')),
        ".TSV" => Lines(path, text => SeparatedRows.Read(text, '\t')),
        ".JSON" when BeginsArray(path) => Array(path),
        _ => Lines(path, JsonRows.ReadLines),
    };

    private static IEnumerable<RawRow> Lines(string path, Func<DataText, IEnumerable<RawRow>> read)
    {
        using DataText text = new(path);
        foreach (RawRow row in read(text))
        {
            yield return row;
        }
    }

    private static IEnumerable<RawRow> Array(string path)
    {
        using Stream stream = DataText.Open(path);
        foreach (RawRow row in JsonRows.ReadArray(stream))
        {
            yield return row;
        }
    }

    private static string Kind(string path)
    {
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^".gz".Length] : path;
        return Path.GetExtension(name).ToUpperInvariant();
    }

    private static bool BeginsArray(string path)
    {
        using DataText text = new(path);
        return text.BeginsWith('[');
    }
}
