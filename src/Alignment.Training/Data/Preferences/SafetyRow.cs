namespace Alignment.Training.Data.Preferences;

/// <summary>A row of DiaSafety: a completion in its context, true = safe.</summary>
internal sealed record SafetyRow(string Prompt, string Completion, bool Label, string Category);
