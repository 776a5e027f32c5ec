using System.Text;
using Alignment.Training.Data;
using Alignment.Training.Data.Documents;
using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Tests.Data;

/// <summary>
/// Everything that is learned and measured: what language models learn from, and what their rewards learn from, are judged by and measured
/// on. Says what is on both sides of a line that nothing may cross.
/// </summary>
/// <param name="language">Mixes of language models.</param>
/// <param name="rewards">Mixes of rewards, and of what is only judged by.</param>
/// <param name="compares">The sources of language models whose words are compared, which costs most.</param>
internal sealed class TrainingPipeline(
    IReadOnlyList<DataMix> language, IReadOnlyList<DataMix> rewards, Predicate<MixSource> compares)
{
    private const int Phrase = 10;

    private readonly Corpus[] _language = [.. language.Select(Corpus.Read)];

    private readonly PreferencePair[][] _rewards =
        [.. rewards.Select(mix => mix.Sources.SelectMany(source => PreferenceReader.Read(mix.Folder, source)).ToArray())];

    /// <summary>What is judged alone, of which pairs need not show everything.</summary>
    private readonly RatedResponse[] _thumbs =
    [
        .. from mix in rewards
           from source in mix.Sources
           where source.Format is SourceFormat.Unpaired or SourceFormat.Feedback
           from row in RatingReader.Read(mix.Folder, source, thumbs: true)
           select row,
    ];

    private IEnumerable<PreferencePair> Pairs => _rewards.SelectMany(pairs => pairs);

    /// <summary>One line for every rule that is broken, with the number of texts that break it.</summary>
    public IReadOnlyList<string> Problems()
    {
        HashSet<string> trained = Keys(_language.SelectMany(corpus => corpus.Training).Select(document => document.Turns));
        HashSet<string> heldOut = Keys(_language.SelectMany(corpus => corpus.HeldOut).Select(document => document.Turns));
        HashSet<string>[] parts = [.. Enum.GetValues<DataPart>().Order().Select(part => Keys(
            Pairs.Where(pair => pair.Part == part).Select(pair => pair.Prompt)
                .Concat(_thumbs.Where(row => row.Part == part).Select(row => row.Prompt))))];
        (string Problem, int Count)[] rules =
        [
            ("first turns of rewards are learned by a language model", parts.SelectMany(part => part).Count(trained.Contains)),
            ("first turns held out from language models are learned by one", heldOut.Count(trained.Contains)),
            ("first turns held out from rewards are learned by one",
                parts[(int)DataPart.HeldOut].Count(key => parts[(int)DataPart.A].Contains(key) || parts[(int)DataPart.B].Contains(key))),
            ("first turns are in both halves", parts[(int)DataPart.A].Count(parts[(int)DataPart.B].Contains)),
            ("held-out contexts continue one that is learned", Continued()),
            ("documents share words with rewards or held-out documents", _language.Sum(Copies)),
        ];
        return [.. rules.Where(rule => rule.Count > 0).Select(rule => $"{rule.Count} {rule.Problem}")];
    }

    /// <summary>Of each mix of rewards: held-out pairs that share 13 words, which few pairs have, with one that is learned from.</summary>
    public IEnumerable<(int Copies, int HeldOut)> NearDuplicates() => _rewards.Select(pairs =>
    {
        ILookup<bool, IEnumerable<ulong>> runs = pairs.ToLookup(pair => pair.Part == DataPart.HeldOut, Runs);
        return (Copies(runs[true], runs[true], [.. runs[false].SelectMany(run => run)]), runs[true].Count());
    });

    private static HashSet<string> Keys(IEnumerable<IReadOnlyList<Turn>> texts) => [.. texts.Select(DataSplit.Key)];

    /// <summary>Held-out prompts whose turns up to some point are a prompt that is learned from.</summary>
    private int Continued()
    {
        HashSet<string> learned = [.. Pairs.Where(pair => pair.Part != DataPart.HeldOut).Select(pair => Conversation.Text(pair.Prompt))];
        return Pairs.Where(pair => pair.Part == DataPart.HeldOut)
            .Select(pair => pair.Prompt)
            .Count(prompt => Enumerable.Range(1, prompt.Count).Any(turns => learned.Contains(Conversation.Text(prompt.Take(turns)))));
    }

    /// <summary>Of the sources that are compared.</summary>
    private int Copies(Corpus corpus)
    {
        IEnumerable<IReadOnlyList<Turn>> all = corpus.Mix.Sources.Where(source => compares(source))
            .SelectMany(source => DocumentReader.Read(corpus.Mix.Folder, source))
            .Where(document => document.Part != DataPart.HeldOut)
            .Select(document => document.Turns);
        IEnumerable<CorpusDocument> learned = corpus.Training.Where(document => compares(corpus.Mix.Sources[document.Source]));
        IEnumerable<ulong> apart = corpus.HeldOut.SelectMany(document => Runs(document.Turns))
            .Concat(Pairs.Where(pair => !pair.IsBorrowed).SelectMany(Runs))
            .Concat(_thumbs.SelectMany(row => Runs([.. row.Prompt, new Turn(Turn.Assistant, row.Response)])));
        return Copies(learned.Select(document => Runs(document.Turns)), all.Select(Runs), [.. apart]);
    }

    /// <summary>Texts with a run that is kept apart and that at most 10 of all texts have.</summary>
    private static int Copies(IEnumerable<IEnumerable<ulong>> texts, IEnumerable<IEnumerable<ulong>> all, HashSet<ulong> apart)
    {
        Dictionary<ulong, int> having = all.SelectMany(runs => runs.Where(apart.Contains).Distinct()).CountBy(run => run).ToDictionary();
        return texts.Count(runs => runs.Any(run => having.TryGetValue(run, out int count) && count <= Phrase));
    }

    private static IEnumerable<ulong> Runs(PreferencePair pair) => new[] { pair.Chosen, pair.Rejected }
        .SelectMany(response => Runs([.. pair.Prompt, new Turn(Turn.Assistant, response)]));

    /// <summary>Another way to runs of 13 words: each is hashed by its letters as a whole.</summary>
    private static IEnumerable<ulong> Runs(IReadOnlyList<Turn> turns)
    {
        StringBuilder text = new(" ");
        foreach (char character in string.Join(' ', turns.Select(turn => turn.Content)).ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(character) || text[^1] != ' ')
            {
                text.Append(char.IsLetterOrDigit(character) ? character : ' ');
            }
        }

        string words = text.ToString().TrimEnd() + " ";
        int[] starts = [.. Enumerable.Range(0, words.Length).Where(i => words[i] == ' ')];
        for (int i = 0; i + 13 < starts.Length; i++)
        {
            ulong hash = 5381;
            foreach (char character in words.AsSpan(starts[i]..starts[i + 13]))
            {
                hash = (hash * 0x5851f42d4c957f2d) + character;
            }

            yield return hash;
        }
    }
}
