using Alignment.Training.Data;
using Alignment.Training.Data.Preferences;
using Alignment.Training.Data.Rows;

namespace Alignment.Training.Evaluation;

/// <summary>
/// Reads what rewards are measured on: every format of preferences that training reads, and the forms of the public benchmarks, recognised
/// by the fields of the first row. <c>chosen</c> and <c>rejected</c> may be lists of texts (RM-Bench, RewardBench 2), and RMB's rows have
/// names of their own.
/// </summary>
public static class ComparisonReader
{
    private const string Input = "conversation_input";
    private const string Answer = "answer";

    /// <summary>Each is compared with each on the other side.</summary>
    private const int MostResponses = 64;

    private static readonly (string Chosen, string Rejected)[] s_rmb = [("chosen", "reject"), ("bon_best", "loser_list")];

    /// <summary>All comparisons of a file, in its order, also those that are of no use.</summary>
    /// <exception cref="InvalidDataException">Rows are malformed, there are none, or they hold no preferences.</exception>
    public static IReadOnlyList<Comparison> Read(string folder, MixSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        string path = Path.Combine(folder, source.Path);
        if (source.Format is null && DataRows.First(path, source) is { } first && first.Has(Input))
        {
            return DataRows.Read(path, source, Rmb);
        }

        return FormatRecognition.OfPreferences(path, source) == SourceFormat.Preference
            ? DataRows.Read(path, source, Lists)
            :
            [
                .. PreferenceReader.Read(folder, source)
                    .Select(pair => new Comparison(pair.Prompt, [pair.Chosen], [pair.Rejected], pair.IsBorrowed)),
            ];
    }

    private static Comparison Rmb(DataRow row)
    {
        (string chosen, string rejected) = s_rmb.FirstOrDefault(names => row.Has(names.Chosen) && row.Has(names.Rejected));
        return chosen is null
            ? throw new RowException($"has '{Input}', and neither chosen and reject nor bon_best and loser_list")
            : new Comparison(row.Messages(Input), Trimmed(row.Texts(chosen, Answer)), Trimmed(row.Texts(rejected, Answer)));
    }

    private static Comparison Lists(DataRow row)
    {
        if (!row.Has("prompt"))
        {
            (IReadOnlyList<Turn> common, string first, string second) = PromptAndResponse.Split(row, "chosen", "rejected");
            return new Comparison(common, [first], [second]);
        }

        IReadOnlyList<Turn> prompt = PromptAndResponse.Prompt(row, "prompt");
        return new Comparison(prompt, Responses("chosen"), Responses("rejected"));

        IReadOnlyList<string> Responses(string field) =>
            row.IsTexts(field) ? Trimmed(row.Texts(field)) : [PromptAndResponse.Response(row, field, prompt)];
    }

    private static IReadOnlyList<string> Trimmed(IReadOnlyList<string> texts) => texts.Count <= MostResponses
        ? [.. texts.Select(text => text.Trim())]
        : throw new RowException($"has {texts.Count} responses of a kind, and {MostResponses} are read at most");
}
