using Alignment.Decoding.Requests;
using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Data.Preferences;

namespace Alignment.Benchmarks.Rewards;

/// <summary>Prompts that neither the rewards nor their judges were trained on.</summary>
internal static class HeldOutPrompts
{
    private const int MaxCharacters = 1500;

    /// <summary>The first prompts of a data mix in a seeded order, each once.</summary>
    public static IReadOnlyList<ChatPrompt> Read(string modelFolder, string objective, int count)
    {
        DataMix mix = DataMix.Load(Path.Combine(modelFolder, $"{objective}-mix.json"), RepositoryPaths.SharedData);
        IReadOnlyList<Turn>[] prompts =
        [
            .. mix.Sources
                .SelectMany(source => PreferenceReader.Read(mix.Folder, source).Where(IsHeldOut).Take(source.Limit))
                .Select(pair => pair.Prompt)
                .Where(prompt => prompt.Sum(turn => turn.Content.Length) <= MaxCharacters)
                .DistinctBy(Conversation.Text),
        ];
        SeededOrder.Shuffle<IReadOnlyList<Turn>>(prompts, seed: 1);
        return
        [
            .. prompts.Take(count).Select(prompt => new ChatPrompt([.. prompt.Select(turn => new ChatTurn(turn.Role!, turn.Content))])),
        ];
    }

    private static bool IsHeldOut(PreferencePair pair) => pair.IsUsable && pair.Part == DataPart.HeldOut;
}
