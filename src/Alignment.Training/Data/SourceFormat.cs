namespace Alignment.Training.Data;

/// <summary>The row formats of the data folder. Each is read as documents for language modelling; all but the texts also as preference pairs.</summary>
public static class SourceFormat
{
    /// <summary><c>messages</c> of alternating roles. As pairs: a true response against another dialogue's.</summary>
    public const string Dialogue = "dialogue";

    /// <summary>Plain text without document marks, cut at paragraph ends.</summary>
    public const string Book = "book";

    /// <summary>Plain texts separated by <c>&lt;|endoftext|&gt;</c>.</summary>
    public const string Stories = "stories";

    /// <summary>Anthropic HH: a Human/Assistant transcript, chosen and rejected.</summary>
    public const string HumanAssistant = "hh";

    /// <summary>DiaSafety: prompt, completion and a label (true = safe).</summary>
    public const string Safety = "safety";

    /// <summary>Open-Assistant: context, chosen and rejected by human ranks.</summary>
    public const string Ranks = "ranks";

    /// <summary>PandaLM: two responses and three annotators.</summary>
    public const string Annotators = "annotators";

    /// <summary>Taskmaster: context, generation and a reward of 0 or 1.</summary>
    public const string Feedback = "feedback";

    /// <summary>Every name.</summary>
    public static IReadOnlyList<string> All { get; } = [Dialogue, Book, Stories, HumanAssistant, Safety, Ranks, Annotators, Feedback];
}
