using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Inference.Guides;
using Alignment.Models.Tokenization;
using Alignment.Rewards;
using Alignment.Templates;
using Alignment.Templates.Limits;

namespace Alignment.Decoding.Preparation;

/// <summary>
/// Turns a request's guidance sources into guides of a sequence: heads and adapters by name, contrast prompts by their text.
/// </summary>
internal sealed class GuideBinder(ModelRewards rewards, PromptEncoder prompts)
{
    /// <summary>
    /// The guides in the order of their sources. A contrast prompt that chat template or tokenizer refuse is noted under the name of its
    /// text.
    /// </summary>
    public IReadOnlyList<Guide> Bind(
        IReadOnlyList<GuidanceSource> sources, Prompt prompt, ProblemCollection problems, CancellationToken cancellation) =>
        [.. sources.Select((source, i) => source.Source == GuidanceSource.Prompt
            ? new PromptGuide(
                GuidanceSource.Prompt, Encode(source.Text!, prompt, GuidanceSource.TextField(i), problems, cancellation), source.Weight)
            : rewards.CreateGuide(source.Source, source.Weight))];

    private int[] Encode(string text, Prompt prompt, string path, ProblemCollection problems, CancellationToken cancellation)
    {
        try
        {
            return prompts.EncodeContrast(prompt, text, cancellation);
        }
        catch (Exception fault) when (fault is ChatTemplateException or TokenizerException)
        {
            problems.Add(new RequestProblem(path, fault.Message));
            return [];
        }
    }
}
