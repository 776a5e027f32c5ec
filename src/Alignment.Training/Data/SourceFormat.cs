namespace Alignment.Training.Data;

/// <summary>The row formats. Each is read as documents for language modelling; all but the texts also as preference pairs.</summary>
public static class SourceFormat
{
    /// <summary>
    /// <c>prompt</c>, <c>chosen</c>, <c>rejected</c>, each a text or a list of messages; or <c>chosen</c> and <c>rejected</c> that begin
    /// with the prompt. A text may be a transcript of <c>Human:</c> and <c>Assistant:</c>, as in Anthropic HH. Optionally <c>margin</c> (by
    /// how much the chosen one is better), <c>agreement</c> (probability that it is) and <c>user</c> (who says so).
    /// </summary>
    public const string Preference = "preference";

    /// <summary><c>prompt</c>, <c>completion</c> and <c>label</c> (true = good), optionally a <c>category</c>.</summary>
    public const string Unpaired = "unpaired";

    /// <summary><c>prompt</c>, <c>completion</c> and <c>ratings</c>, an object of numbers by attribute.</summary>
    public const string Ratings = "ratings";

    /// <summary><c>messages</c> of alternating roles. As pairs: a true response against another dialogue's.</summary>
    public const string Dialogue = "dialogue";

    /// <summary>Plain text without document marks, cut at paragraph ends.</summary>
    public const string Book = "book";

    /// <summary>Plain texts separated by <c>&lt;|endoftext|&gt;</c>.</summary>
    public const string Stories = "stories";

    /// <summary>Open-Assistant: context, chosen and rejected by human ranks, and the gap of the ranks.</summary>
    public const string Ranks = "ranks";

    /// <summary>PandaLM: two responses and three annotators.</summary>
    public const string Annotators = "annotators";

    /// <summary>Taskmaster: context, generation and a reward of 0 or 1.</summary>
    public const string Feedback = "feedback";

    private static readonly Dictionary<string, string[]> s_fields = new()
    {
        [Preference] = ["prompt", "chosen", "rejected", "margin", "agreement", "user"],
        [Unpaired] = ["prompt", "completion", "label", "category"],
        [Ratings] = ["prompt", "completion", "ratings"],
        [Dialogue] = ["messages"],
        [Book] = [],
        [Stories] = [],
        [Ranks] = ["context", "chosen", "rejected", "rank_gap"],
        [Annotators] = ["instruction", "input", "response1", "response2", "annotator1", "annotator2", "annotator3"],
        [Feedback] = ["context", "generation", "reward"],
    };

    /// <summary>Every name.</summary>
    public static IReadOnlyList<string> All { get; } = [.. s_fields.Keys];

    /// <summary>
    /// The fields that are read of a format's rows; of all formats that are recognised where <paramref name="format"/> is null, and of all
    /// that there are where it is unknown.
    /// </summary>
    public static IEnumerable<string> Fields(string? format)
    {
        string[] formats = format is null ? [Preference, Unpaired, Ratings, Dialogue] : s_fields.ContainsKey(format) ? [format] : [.. All];
        return formats.SelectMany(name => s_fields[name]).Distinct();
    }
}
