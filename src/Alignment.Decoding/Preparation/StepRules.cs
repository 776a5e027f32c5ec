using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Inference.Constraints;
using Alignment.Models;
using Alignment.Models.Tokenization;

namespace Alignment.Decoding.Preparation;

/// <summary>
/// What every step of a response goes by: the request's rule, which tokens may not be drawn where, and which end it. Immutable, one per
/// request; every response has a constraint of its own.
/// </summary>
internal sealed class StepRules
{
    private readonly int _vocabulary;
    private readonly TokenMask? _mask;
    private readonly TokenMask? _earlyMask;
    private readonly int _minTokens;
    private readonly HashSet<int> _ends;
    private readonly int[][] _phrases;

    /// <param name="rule">The request's rule, which knows nothing of what follows.</param>
    /// <param name="request">What ends a response, and what it may not contain.</param>
    /// <param name="model">Its end tokens; its tokenizer spells the bad words.</param>
    public StepRules(NextTokenRule rule, GenerationRequest request, LanguageModel model)
    {
        int[][] words = [.. request.BadWords.SelectMany(word => Spellings(word, model)).Where(word => word.Length > 0)];
        int[] single = [.. words.Where(word => word.Length == 1).Select(word => word[0])];
        (Rule, _vocabulary, _minTokens) = (rule, model.Config.VocabularySize, request.MinTokens);
        _phrases = [.. words.Where(word => word.Length > 1 && !Array.Exists(words, shorter => IsEnd(shorter, word)))];
        _mask = AllBut(single);
        _earlyMask = _minTokens == 0 ? _mask : AllBut([.. single, .. model.EndTokens, .. request.StopTokens]);
        _ends = [.. request.StopTokens];
        _ends.UnionWith(request.Sampling.IgnoreEos ? [] : model.EndTokens);
    }

    /// <summary>Draws every step.</summary>
    public NextTokenRule Rule { get; }

    /// <summary>Whether a response ends with this token.</summary>
    public bool Ends(int token) => _ends.Contains(token);

    /// <summary>The constraint of a response that begins; null where it may say anything.</summary>
    public IConstraint? Constraint()
        => _mask is null && _earlyMask is null && _phrases.Length == 0
            ? null
            : new StepConstraint(_vocabulary, _mask, _earlyMask, _minTokens, _phrases);

    /// <summary>Whether what completes the longer word completes the shorter one too.</summary>
    private static bool IsEnd(int[] shorter, int[] longer) => shorter.Length < longer.Length && longer.AsSpan().EndsWith(shorter);

    /// <summary>As tokenizers write it at a beginning and behind a space.</summary>
    /// <exception cref="InvalidRequestException">The tokenizer cannot cut the word.</exception>
    private static IEnumerable<int[]> Spellings(string word, LanguageModel model)
    {
        string bare = word.TrimStart();
        try
        {
            return [model.Tokenizer.Encode(bare, addSpecialTokens: false), model.Tokenizer.Encode(" " + bare, addSpecialTokens: false)];
        }
        catch (TokenizerException fault)
        {
            throw new InvalidRequestException([new RequestProblem(GenerationRequest.BadWordsField, fault.Message)]);
        }
    }

    private TokenMask? AllBut(int[] forbidden)
    {
        if (forbidden.Length == 0)
        {
            return null;
        }

        TokenMask mask = new(_vocabulary);
        mask.Fill(allowed: true);
        Array.ForEach(forbidden, token => mask[token] = false);
        return mask;
    }
}
