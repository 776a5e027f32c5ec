using System.Text.Encodings.Web;
using System.Text.Json;
using Alignment.Feedback.Records;
using Alignment.Feedback.Storage;

namespace Alignment.Feedback.Export;

/// <summary>Feedback as training data: JSON lines, as the training commands read them. Read and written row by row.</summary>
public static class FeedbackExport
{
    private const string Answerer = "assistant";

    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How many rows there are of each format. Pairs of equal texts say nothing and are not counted.</summary>
    /// <exception cref="FeedbackUnavailableException">The database cannot be read.</exception>
    public static (long Unpaired, long Preference) Count(FeedbackDatabase database, FeedbackSelection selection)
    {
        ArgumentNullException.ThrowIfNull(database);
        (long unpaired, long preference) = (0, 0);
        foreach (FeedbackRow row in database.ReadJudged(selection).SelectMany(Rows))
        {
            (unpaired, preference) = row is ThumbRow ? (unpaired + 1, preference) : (unpaired, preference + 1);
        }

        return (unpaired, preference);
    }

    /// <summary>Writes the rows of one format.</summary>
    /// <param name="database">Is read from beginning to end.</param>
    /// <param name="selection">Which answers.</param>
    /// <param name="format">Which rows.</param>
    /// <param name="output">Receives the lines, in UTF-8.</param>
    /// <param name="progress">Is told after each row how many there are.</param>
    /// <returns>How many rows.</returns>
    /// <exception cref="FeedbackUnavailableException">The database cannot be read.</exception>
    public static long Write(
        FeedbackDatabase database, FeedbackSelection selection, FeedbackFormat format, Stream output, Action<long> progress)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(progress);
        using var json = new Utf8JsonWriter(output, s_json);
        long rows = 0;
        foreach (JudgedCompletion judged in database.ReadJudged(selection))
        {
            foreach (FeedbackRow row in Rows(judged).Where(row => row is ThumbRow == (format == FeedbackFormat.Unpaired)))
            {
                Write(row, judged.Completion, json);
                json.Flush();
                json.Reset();
                output.WriteByte((byte)'\n');
                progress(++rows);
            }
        }

        return rows;
    }

    private static IEnumerable<FeedbackRow> Rows(JudgedCompletion judged)
        => FeedbackRow.Of(judged).Where(row => row is not PairRow pair || pair.Chosen != pair.Rejected);

    private static void Write(FeedbackRow row, CompletionRecord completion, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WritePropertyName("prompt");
        JsonSerializer.Serialize(json, completion.Messages, StoredJson.Options);
        if (row is ThumbRow thumb)
        {
            WriteAnswer("completion", thumb.Completion);
            json.WriteBoolean("label", thumb.IsGood);
        }
        else if (row is PairRow pair)
        {
            WriteAnswer("chosen", pair.Chosen);
            WriteAnswer("rejected", pair.Rejected);
        }

        json.WriteString("completion_id", completion.Id);
        json.WriteString("model", completion.Model);
        json.WriteString("settings", completion.Settings);
        json.WriteString("tenant", completion.Tenant);
        json.WriteNumber("created", completion.Created.ToUnixTimeSeconds());
        json.WriteEndObject();

        // As a message: a bare text that looks like a transcript would be read as one.
        void WriteAnswer(string field, string text)
        {
            json.WritePropertyName(field);
            JsonSerializer.Serialize(json, new[] { new MessageRecord(Answerer, text) }, StoredJson.Options);
        }
    }
}
