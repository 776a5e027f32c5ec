using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Inference;
using Alignment.Inference.Guides;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models;
using Alignment.Models.Tokenization;
using Alignment.Rewards;
using Alignment.Templates.Limits;

namespace Alignment.Decoding.Scoring;

/// <summary>
/// Scores responses that somebody has written as they would be scored had the model drawn them: after the prompt as its chat template
/// renders it, ended by the template's end of turn. All scores of a response are one session, and responses to one prompt share its rows.
/// Owns nothing.
/// </summary>
public sealed class ResponseScorer
{
    private static readonly NextTokenRule s_rule = new() { Temperature = 0 };

    private readonly LanguageModel _model;
    private readonly Engine _engine;
    private readonly PromptEncoder _prompts;
    private readonly int[] _closing;
    private readonly IReadOnlyList<ScorerName> _names;
    private readonly IReadOnlyList<double> _shares;
    private readonly Guide[] _guides;
    private readonly IReward?[] _rewards;

    /// <summary>A scorer.</summary>
    /// <param name="model">Whose template writes the prompts.</param>
    /// <param name="rewards">What the names are looked up in.</param>
    /// <param name="engine">Of the model.</param>
    /// <param name="names">What scores.</param>
    /// <param name="shares">
    /// Of each response, how much is scored, rising in (0, 1]: 1 is the response with its end; less is its beginning as far as so many of
    /// its tokens, scored as a response that is not finished.
    /// </param>
    /// <exception cref="InvalidDataException">The model has no chat template.</exception>
    /// <exception cref="KeyNotFoundException">There is nothing of such a name.</exception>
    public ResponseScorer(
        LanguageModel model, ModelRewards rewards, Engine engine, IReadOnlyList<ScorerName> names, IReadOnlyList<double> shares)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rewards);
        if (model.ChatTemplate is null)
        {
            throw new InvalidDataException($"{model.Name} has no chat template to write prompts with");
        }

        (_model, _engine, _names, _shares) = (model, engine, names, shares);
        (_prompts, _closing) = (new PromptEncoder(model), EndOfTurn.Of(model));
        _rewards = [.. names.Select(name => rewards.Rewards.GetValueOrDefault(name.Source))];

        // Weightless: a guide says what it has to say, and changes nothing of what the frozen model says.
        IEnumerable<string> guides = names.Select(name => name.Source).Where((name, i) => _rewards[i] is null && name != ScorerName.Frozen);
        _guides = [.. guides.Distinct().Select(guide => rewards.CreateGuide(guide, weight: 0))];
    }

    /// <summary>Scores responses to one prompt.</summary>
    /// <returns>[responses][shares][names]; null where the prompt with one of them is longer than the context.</returns>
    /// <exception cref="InvalidRequestException">The template refuses the prompt, or the tokenizer cannot cut a text.</exception>
    public async Task<double[][][]?> ScoreAsync(ChatPrompt prompt, IReadOnlyList<string> responses, CancellationToken cancellation)
    {
        (int[] before, int[][] tokens) = Encode(prompt, responses, cancellation);
        int longest = tokens.Max(response => response.Length) + _closing.Length;
        if (before.Length + longest > _engine.Cache.MaxLength)
        {
            return null;
        }

        int[] prefixes = [before.Length, .. _guides.OfType<AdapterGuide>().Select(_ => before.Length)];
        var options = new SessionOptions
        {
            MaxPages = (int)Math.Min(_engine.Cache.Pages, CacheSize.PagesFor(prefixes, responses.Count, longest)),
        };
        return await _engine.RunAsync(
            async session => await Task.WhenAll(responses.Zip(tokens, (text, own) => ScoreAsync(session, before, text, own))),
            options,
            cancellation);
    }

    private (int[] Prompt, int[][] Responses) Encode(ChatPrompt prompt, IReadOnlyList<string> responses, CancellationToken cancellation)
    {
        try
        {
            int most = _engine.Cache.MaxLength;
            return (
                _prompts.Encode(prompt, most, cancellation),
                [
                    .. responses.Select(response => _model.Tokenizer.Encode(
                        response, addSpecialTokens: false, parseSpecialTokens: false, most: most, cancellation: cancellation)),
                ]);
        }
        catch (Exception fault) when (fault is ChatTemplateException or TokenizerException)
        {
            throw new InvalidRequestException([new RequestProblem("prompt", fault.Message)]);
        }
    }

    /// <returns>[shares][names].</returns>
    private async Task<double[][]> ScoreAsync(Session session, int[] prompt, string text, int[] response)
    {
        int[] whole = [.. response, .. _closing];
        using Sequence sequence = session.CreateSequence(prompt, _guides, prompt.Length + whole.Length);
        sequence.Append(whole);
        float[] frozen = new float[whole.Length];
        float[][] guides = [.. _guides.Select(_ => new float[whole.Length])];
        if (_rewards.Contains(null))
        {
            await sequence.ScoreAsync(prompt.Length, frozen, rule: s_rule, guides: guides);
        }

        // The whole response first: a shorter one then finds its rows computed, and only the closing tokens are not.
        double[][] scores = new double[_shares.Count][];
        for (int i = scores.Length - 1; i >= 0; i--)
        {
            bool isWhole = _shares[i] == 1;
            int tokens = isWhole ? whole.Length : Math.Max(1, (int)Math.Round(_shares[i] * response.Length));
            string shown = isWhole ? text : _model.Tokenizer.Decode(response.Take(tokens));
            RewardDraft draft = new(sequence, tokens, shown, isWhole && _closing.Length > 0, _closing);
            scores[i] = await ScoreAsync(draft, tokens, frozen, guides);
        }

        return scores;
    }

    /// <summary>One after the other: rewards that read a hidden state share the sequence, and the draft computes it once.</summary>
    private async Task<double[]> ScoreAsync(RewardDraft draft, int tokens, float[] frozen, float[][] guides)
    {
        double[] scores = new double[_names.Count];
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = _rewards[i] is { } reward
                ? (await reward.ScoreAsync([draft]))[0].Value
                : Reduce(LogProbabilities(_names[i].Source, frozen, guides).AsSpan(0, tokens), _names[i].IsSum);
        }

        return scores;
    }

    private float[] LogProbabilities(string source, float[] frozen, float[][] guides) =>
        source == ScorerName.Frozen ? frozen : guides[Array.FindIndex(_guides, guide => guide.Name == source)];

    private static double Reduce(ReadOnlySpan<float> logProbabilities, bool isSum)
    {
        double sum = 0;
        foreach (float logProbability in logProbabilities)
        {
            sum += logProbability;
        }

        return isSum ? sum : sum / logProbabilities.Length;
    }
}
