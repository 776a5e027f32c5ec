namespace Alignment.Training.Data.Preferences;

/// <summary>
/// Thumbs to pairs. A prompt with good and bad completions gives true pairs. A prompt with only one kind borrows the other kind from a row
/// of the same category and part: a prompt with good ones borrows the rejected side and a prompt with bad ones the chosen side, so that
/// "does not fit the prompt" stands on both sides about equally often and tells the reward nothing. Borrowed pairs weigh half.
/// </summary>
internal static class UnpairedPairs
{
    private const float BorrowedWeight = 0.5f;

    public static IEnumerable<PreferencePair> Read(string path, MixSource source)
    {
        ILookup<(DataPart, string), UnpairedRow> groups = UnpairedRow.ReadAll(path, source)
            .ToLookup(row => (row.Part, row.Category));
        foreach (IGrouping<(DataPart Part, string), UnpairedRow> group in groups)
        {
            UnpairedRow[] good = [.. group.Where(row => row.Label)];
            UnpairedRow[] bad = [.. group.Where(row => !row.Label)];
            ILookup<string, UnpairedRow> goodByPrompt = good.ToLookup(row => row.Text);
            ILookup<string, UnpairedRow> badByPrompt = bad.ToLookup(row => row.Text);
            IEnumerable<PreferencePair> own = good.SelectMany(
                row => badByPrompt[row.Text].Select(other => Pair(row.Prompt, row, other, isBorrowed: false)));
            IEnumerable<PreferencePair> borrowedRejected = good.Where(row => bad.Length > 0 && !badByPrompt.Contains(row.Text))
                .Select(row => Pair(row.Prompt, row, Borrow(bad, row), isBorrowed: true));
            IEnumerable<PreferencePair> borrowedChosen = bad.Where(row => good.Length > 0 && !goodByPrompt.Contains(row.Text))
                .Select(row => Pair(row.Prompt, Borrow(good, row), row, isBorrowed: true));
            foreach (PreferencePair pair in own.Concat(borrowedRejected).Concat(borrowedChosen))
            {
                yield return pair;
            }

            PreferencePair Pair(IReadOnlyList<Turn> prompt, UnpairedRow chosen, UnpairedRow rejected, bool isBorrowed)
            {
                float weight = (isBorrowed ? BorrowedWeight : 1) * (float)source.Weight;
                return new PreferencePair(prompt, chosen.Completion, rejected.Completion, source.Path, weight, group.Key.Part)
                {
                    IsBorrowed = isBorrowed,
                };
            }
        }
    }

    private static UnpairedRow Borrow(UnpairedRow[] rows, UnpairedRow by) =>
        rows[SeededOrder.Index(DataSplit.Hash(by.Text + "\n" + by.Completion), 0, rows.Length)];
}
