using Alignment.Training.Data.Rows;

namespace Alignment.Training.Data.Preferences;

/// <summary>Reads sources in which people judged responses one by one.</summary>
public static class RatingReader
{
    /// <summary>All rated responses of a source, in the file's order, also those of no use.</summary>
    /// <param name="folder">Where the source's path begins.</param>
    /// <param name="source">The file.</param>
    /// <param name="thumbs">Whether thumbs are asked for; ratings by attribute otherwise.</param>
    /// <exception cref="InvalidDataException">Rows are malformed, there are none, or the format holds nothing of the kind.</exception>
    public static IReadOnlyList<RatedResponse> Read(string folder, MixSource source, bool thumbs)
    {
        ArgumentNullException.ThrowIfNull(source);
        string path = Path.Combine(folder, source.Path);
        string format = FormatRecognition.OfPreferences(path, source);
        return
        [
            .. (format, thumbs) switch
            {
                (SourceFormat.Unpaired, true) => UnpairedRow.ReadAll(path, source).Select(row => OfThumb(row, source)),
                (SourceFormat.Feedback, true) => FeedbackPairs.ReadThumbs(path, source),
                (SourceFormat.Ratings, false) => RatedRows.Read(path, source),
                _ => throw new InvalidDataException(
                    $"{path}: format '{format}' holds no {(thumbs
                        ? $"thumbs ({SourceFormat.Unpaired} and {SourceFormat.Feedback} do)"
                        : $"ratings by attribute ({SourceFormat.Ratings} does)")}"),
            },
        ];
    }

    private static RatedResponse OfThumb(UnpairedRow row, MixSource source) =>
        new(row.Prompt, row.Completion, RatedResponse.OfThumb(row.Label), source.Path, (float)source.Weight, row.Part);
}
