using Alignment.Decoding.Settings;
using Alignment.Decoding.Text;
using Alignment.Inference.Guides;
using Alignment.Rewards;

namespace Alignment.Decoding.Guidance;

/// <summary>Turns a request's guidance sources into guides of a sequence: heads and adapters by name, contrast prompts by their text.</summary>
internal sealed class GuideBinder(ModelRewards rewards, PromptEncoder prompts)
{
    public IReadOnlyList<Guide> Bind(IReadOnlyList<GuidanceSource> sources, Prompt prompt) =>
        [.. sources.Select(source => source.Source == GuidanceSource.Prompt
            ? new PromptGuide(GuidanceSource.Prompt, prompts.EncodeContrast(prompt, source.Text!), source.Weight)
            : rewards.CreateGuide(source.Source, source.Weight))];

    /// <summary>How many paths a sequence has: its own, and one for every guide that is a forward pass of its own.</summary>
    public int CountPaths(IReadOnlyList<GuidanceSource> sources) =>
        1 + sources.Count(source => source.Source == GuidanceSource.Prompt || rewards.HasOwnRows(source.Source));
}
