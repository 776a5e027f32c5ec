using System.Text.Json;
using Alignment.Training.Data.Rows;

namespace Alignment.Training.Data.Preferences;

/// <summary>
/// Binary feedback on what a task assistant said next. Only spoken generations count (not calls of programs), and calls are dropped from
/// the context. A good one is preferred to the bad ones in the same context, or, where there is none, to a bad one from elsewhere in the
/// same part, at half the weight.
/// </summary>
internal static class FeedbackPairs
{
    private const float BorrowedWeight = 0.5f;

    private static readonly JsonSerializerOptions s_strict = new(JsonSerializerDefaults.Web) { AllowDuplicateProperties = false };

    public static IEnumerable<PreferencePair> Read(string path, MixSource source)
    {
        ILookup<DataPart, Utterance> parts = Utterances(path, source).ToLookup(utterance => utterance.Part);
        foreach (IGrouping<DataPart, Utterance> part in parts)
        {
            Utterance[] bad = [.. part.Where(utterance => !utterance.Good)];
            ILookup<string, Utterance> badByContext = bad.ToLookup(utterance => utterance.Key);
            foreach (Utterance good in part.Where(utterance => utterance.Good && bad.Length > 0))
            {
                bool own = badByContext.Contains(good.Key);
                IEnumerable<Utterance> rejected = own
                    ? badByContext[good.Key]
                    : [bad[SeededOrder.Index(DataSplit.Hash(good.Key + "\n" + good.Text), 0, bad.Length)]];
                foreach (Utterance other in rejected)
                {
                    float weight = (own ? 1 : BorrowedWeight) * (float)source.Weight;
                    yield return new PreferencePair(good.Context, good.Text, other.Text, source.Path, weight, part.Key)
                    {
                        IsBorrowed = !own,
                    };
                }
            }
        }
    }

    public static IEnumerable<RatedResponse> ReadThumbs(string path, MixSource source) => Utterances(path, source).Select(
        row => new RatedResponse(row.Context, row.Text, RatedResponse.OfThumb(row.Good), source.Path, (float)source.Weight, row.Part));

    private static IEnumerable<Utterance> Utterances(string path, MixSource source) =>
        DataRows.Read(path, source, row => Parse(row, source)).OfType<Utterance>();

    private static Utterance? Parse(DataRow row, MixSource source)
    {
        Message generation = Inner<Message>(row, "generation");
        IEnumerable<Turn> turns = Inner<Message[]>(row, "context").Where(message => message.Text is not null)
            .Select(message => new Turn(message.Role == "user" ? Turn.User : Turn.Assistant, message.Text!));
        IReadOnlyList<Turn> prompt = Conversation.Alternate(turns);
        bool good = row.Number("reward") > 0;
        return generation.Text is { } text && prompt is [.., { Role: Turn.User }] && source.PartOf(prompt) is { } part
            ? new Utterance(prompt, Conversation.Text(prompt), text.Trim(), good, part)
            : null;
    }

    /// <summary>A field whose text is JSON itself.</summary>
    private static T Inner<T>(DataRow row, string field)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(row.Text(field), s_strict)
                ?? throw row.Problem(field, "JSON of messages");
        }
        catch (JsonException)
        {
            throw row.Problem(field, "JSON of messages");
        }
    }

    private sealed record Message(string Role, string? Text = null);

    private sealed record Utterance(IReadOnlyList<Turn> Context, string Key, string Text, bool Good, DataPart Part);
}
