namespace Alignment.Training.Data.Preferences;

/// <summary>
/// Thumbs to pairs. A prompt with safe and unsafe completions gives true pairs. A prompt with only one kind borrows the other kind from a row of
/// the same category and part: safe-only prompts borrow the rejected side and unsafe-only prompts the chosen side, so that "does not fit
/// the prompt" stands on both sides about equally often and tells the reward nothing. Borrowed pairs weigh half.
/// </summary>
internal static class SafetyPairs
{
    private const float BorrowedWeight = 0.5f;

    public static IEnumerable<PreferencePair> Read(string path, MixSource source)
    {
        ILookup<(DataPart, string), SafetyRow> groups = JsonLines.Read<SafetyRow>(path)
            .Select(row => row with { Prompt = row.Prompt.Trim(), Completion = row.Completion.Trim() })
            .ToLookup(row => (DataSplit.PartOf(row.Prompt, source.HeldOut), row.Category));
        foreach (IGrouping<(DataPart Part, string), SafetyRow> group in groups)
        {
            SafetyRow[] safe = [.. group.Where(row => row.Label)];
            SafetyRow[] unsafeRows = [.. group.Where(row => !row.Label)];
            ILookup<string, SafetyRow> safeByPrompt = safe.ToLookup(row => row.Prompt);
            ILookup<string, SafetyRow> unsafeByPrompt = unsafeRows.ToLookup(row => row.Prompt);
            IEnumerable<PreferencePair> own = safe.SelectMany(row => unsafeByPrompt[row.Prompt].Select(other => Pair(row.Prompt, row, other, 1)));
            IEnumerable<PreferencePair> borrowedRejected = safe.Where(row => unsafeRows.Length > 0 && !unsafeByPrompt.Contains(row.Prompt))
                .Select(row => Pair(row.Prompt, row, Borrow(unsafeRows, row), BorrowedWeight));
            IEnumerable<PreferencePair> borrowedChosen = unsafeRows.Where(row => safe.Length > 0 && !safeByPrompt.Contains(row.Prompt))
                .Select(row => Pair(row.Prompt, Borrow(safe, row), row, BorrowedWeight));
            foreach (PreferencePair pair in own.Concat(borrowedRejected).Concat(borrowedChosen))
            {
                yield return pair;
            }

            PreferencePair Pair(string prompt, SafetyRow chosen, SafetyRow rejected, float weight) =>
                new([new Turn(Turn.User, prompt)], chosen.Completion, rejected.Completion, source.Path, weight * (float)source.Weight, group.Key.Part);
        }
    }

    private static SafetyRow Borrow(SafetyRow[] rows, SafetyRow by) => rows[SeededOrder.Index(DataSplit.Hash(by.Prompt + "\n" + by.Completion), 0, rows.Length)];
}
