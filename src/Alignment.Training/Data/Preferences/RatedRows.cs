using System.Text.Json;
using Alignment.Training.Data.Rows;

namespace Alignment.Training.Data.Preferences;

/// <summary>
/// Completions with <c>ratings</c>: an object of numbers, one for each attribute that was rated. Two completions of one prompt whose mean
/// ratings differ, over the attributes that both have, are also a pair.
/// </summary>
internal static class RatedRows
{
    private const int MostAttributes = 64;

    public static IEnumerable<RatedResponse> Read(string path, MixSource source) =>
        DataRows.Read(path, source, row => Of(row, source)).OfType<RatedResponse>();

    public static IEnumerable<PreferencePair> ReadPairs(string path, MixSource source)
    {
        foreach (IGrouping<string, RatedResponse> prompt in Read(path, source).ToLookup(row => Conversation.Text(row.Prompt)))
        {
            RatedResponse[] rows = [.. prompt];
            for (int i = 0; i < rows.Length; i++)
            {
                for (int j = i + 1; j < rows.Length; j++)
                {
                    double gap = Gap(rows[i], rows[j]);
                    (RatedResponse better, RatedResponse worse) = gap > 0 ? (rows[i], rows[j]) : (rows[j], rows[i]);
                    if (gap != 0)
                    {
                        yield return new PreferencePair(
                            better.Prompt, better.Response, worse.Response, source.Path, (float)source.Weight, better.Part)
                        {
                            Margin = Math.Abs(gap),
                        };
                    }
                }
            }
        }
    }

    /// <summary>Mean difference of the attributes that both have; 0 where there are none.</summary>
    private static double Gap(RatedResponse first, RatedResponse second) => first.Ratings
        .Where(rating => second.Ratings.ContainsKey(rating.Key))
        .Select(rating => rating.Value - second.Ratings[rating.Key])
        .DefaultIfEmpty()
        .Average();

    private static RatedResponse? Of(DataRow row, MixSource source)
    {
        IReadOnlyList<Turn> prompt = PromptAndResponse.Prompt(row, "prompt");
        string completion = PromptAndResponse.Response(row, "completion", prompt);
        Dictionary<string, double> ratings = Ratings(row);
        return source.PartOf(prompt) is { } part
            ? new RatedResponse(prompt, completion, ratings, source.Path, (float)source.Weight, part)
            : null;
    }

    private static Dictionary<string, double> Ratings(DataRow row)
    {
        JsonElement value = row.Value("ratings");
        if (value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() is 0 or > MostAttributes)
        {
            throw row.Problem("ratings", $"an object of 1 to {MostAttributes} numbers");
        }

        Dictionary<string, double> ratings = [];
        foreach (JsonProperty rating in value.EnumerateObject())
        {
            bool isNumber = rating.Value.ValueKind == JsonValueKind.Number && rating.Value.TryGetDouble(out double number)
                && double.IsFinite(number);
            ratings[RowName.Require(rating.Name, "ratings")] = isNumber
                ? rating.Value.GetDouble()
                : throw new RowException($"'ratings.{rating.Name}' is {DataRow.Describe(rating.Value)}, not a number");
        }

        return ratings;
    }
}
