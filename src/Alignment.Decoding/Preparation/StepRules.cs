using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Models;
using Alignment.Models.Tokenization;

namespace Alignment.Decoding.Preparation;

/// <summary>
/// The rule of each step of a response: the request's, without the tokens that may not be drawn there. Immutable, one per request. Only a
/// step that could complete a bad word of several tokens makes a rule of its own; every other one takes a rule that exists.
/// </summary>
internal sealed class StepRules
{
    private readonly NextTokenRule _rule;
    private readonly NextTokenRule _earlyRule;
    private readonly int _minTokens;
    private readonly HashSet<int> _ends;
    private readonly int[][] _phrases;

    /// <param name="rule">The request's rule, which knows nothing of what follows.</param>
    /// <param name="request">What ends a response, and what it may not contain.</param>
    /// <param name="model">Its end tokens; its tokenizer spells the bad words.</param>
    public StepRules(NextTokenRule rule, GenerationRequest request, LanguageModel model)
    {
        int[][] words = [.. request.BadWords.SelectMany(word => Spellings(word, model)).Where(word => word.Length > 0)];
        _rule = Forbid(rule, words.Where(word => word.Length == 1).Select(word => word[0]));
        _phrases = [.. words.Where(word => word.Length > 1 && !Array.Exists(words, shorter => IsEnd(shorter, word)))];
        _minTokens = request.MinTokens;
        _earlyRule = _minTokens == 0 ? _rule : Forbid(_rule, model.EndTokens.Concat(request.StopTokens));
        _ends = [.. request.StopTokens];
        _ends.UnionWith(request.Sampling.IgnoreEos ? [] : model.EndTokens);
    }

    /// <summary>Whether a response ends with this token.</summary>
    public bool Ends(int token) => _ends.Contains(token);

    /// <summary>The rule of the token that follows a response.</summary>
    public NextTokenRule Next(ReadOnlySpan<int> response)
    {
        NextTokenRule rule = response.Length < _minTokens ? _earlyRule : _rule;
        List<int>? completing = null;
        foreach (int[] phrase in _phrases)
        {
            if (response.EndsWith(phrase.AsSpan(0, phrase.Length - 1)))
            {
                (completing ??= []).Add(phrase[^1]);
            }
        }

        return completing is null ? rule : Forbid(rule, completing);
    }

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
            throw new InvalidRequestException([new RequestProblem("bad_words", fault.Message)]);
        }
    }

    /// <summary>A token has one bias: kernels add them in any order.</summary>
    private static NextTokenRule Forbid(NextTokenRule rule, IEnumerable<int> tokens)
    {
        HashSet<int> forbidden = [.. tokens];
        return forbidden.Count == 0 ? rule : rule with
        {
            Bias =
            [
                .. rule.Bias.Where(bias => !forbidden.Contains(bias.Token)),
                .. forbidden.Select(token => new TokenBias(token, float.NegativeInfinity)),
            ],
        };
    }
}
