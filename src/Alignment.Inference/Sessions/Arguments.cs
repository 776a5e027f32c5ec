using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Guides;
using Alignment.Inference.HiddenStates;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Sessions;

/// <summary>
/// What a program may hand to its sequences. Checked before anything waits for a pass: what is wrong there would be wrong for everybody
/// whose rows are in it. What is checked for every token allocates nothing.
/// </summary>
internal static class Arguments
{
    /// <exception cref="ArgumentException">One of them is none of the model's.</exception>
    public static void CheckTokens(ReadOnlySpan<int> tokens, Transformer model, string name)
    {
        int vocabulary = model.Config.VocabularySize;
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)vocabulary)
            {
                throw new ArgumentException($"Token {token} is none of the model's {vocabulary}.", name);
            }
        }
    }

    /// <exception cref="ArgumentNullException">There is none, or it has no list of biases.</exception>
    /// <exception cref="ArgumentException">One of its numbers lies outside of its range.</exception>
    public static void CheckRule(NextTokenRule rule, Transformer model)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(rule.Bias, nameof(rule));
        bool isLawful = float.IsFinite(rule.Temperature) && rule.Temperature >= 0 && rule.TopK >= 0
            && rule.TopP is >= 0 and <= 1 && rule.MinP is >= 0 and <= 1
            && (uint)rule.TopLogProbabilities <= (uint)model.Config.VocabularySize;
        if (!isLawful)
        {
            throw new ArgumentException(
                $"Temperature {rule.Temperature}, top-k {rule.TopK}, top-p {rule.TopP}, min-p {rule.MinP}, "
                + $"{rule.TopLogProbabilities} listed tokens: one of these is no number of a rule.",
                nameof(rule));
        }
    }

    /// <exception cref="ArgumentException">
    /// There are more than a pass has, one of a place that the model does not have, or they are made for a model of another width.
    /// </exception>
    public static void CheckTaps(HiddenTaps? taps, Transformer model)
    {
        if (taps is not null && !taps.Fit(model.Config, model.Limits.MaxTaps))
        {
            throw new ArgumentException(
                $"A pass has at most {model.Limits.MaxTaps} taps, of {model.Config.Layers} layers with {model.Config.HiddenSize} numbers.",
                nameof(taps));
        }
    }

    /// <param name="count">Tokens that are scored.</param>
    /// <param name="vocabulary">Tokens of the model.</param>
    /// <param name="logProbabilities">Room for one each.</param>
    /// <param name="top">A list each, or null.</param>
    /// <exception cref="ArgumentException">There is too little room, no list, or one longer than the vocabulary.</exception>
    public static void CheckScores(
        int count, int vocabulary, ReadOnlyMemory<float> logProbabilities, TokenLogProbability[][]? top)
    {
        if (logProbabilities.Length < count)
        {
            throw new ArgumentException(
                $"{count} tokens have as many scores, and there is room for {logProbabilities.Length}.", nameof(logProbabilities));
        }

        if (top is not null
            && (top.Length < count || Array.Exists(top, list => list is null || list.Length > vocabulary)))
        {
            throw new ArgumentException(
                $"{count} tokens need a list each, of at most {vocabulary} tokens.", nameof(top));
        }
    }

    /// <param name="count">Tokens that are scored.</param>
    /// <param name="ruled">How many guides the rule's sequence has; 0 without a rule.</param>
    /// <param name="guides">Room for what each says, or null.</param>
    /// <exception cref="ArgumentException">These are not as many guides, or there is too little room.</exception>
    public static void CheckGuideScores(int count, int ruled, IReadOnlyList<float[]>? guides)
    {
        if (guides is not null && (guides.Count != ruled || guides.Any(guide => guide is null || guide.Length < count)))
        {
            throw new ArgumentException(
                $"The scores come under a rule with {ruled} guides, each of which needs room for {count} numbers.", nameof(guides));
        }
    }

    /// <exception cref="ArgumentNullException">There is no list, one of them is missing, or what it reads.</exception>
    public static void CheckPresent(IReadOnlyList<Guide> guides)
    {
        ArgumentNullException.ThrowIfNull(guides);
        foreach (Guide guide in guides)
        {
            object? source = guide switch
            {
                HeadGuide head => head.Head,
                AdapterGuide adapter => adapter.Adapter,
                ModelGuide other => other.Model,
                PromptGuide contrast => contrast.Prompt,
                _ => null,
            };
            ArgumentNullException.ThrowIfNull(source, nameof(guides));
        }
    }
}
