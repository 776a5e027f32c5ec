using Alignment.Compute.Contract.NextToken;

namespace Alignment.Inference.Sessions;

/// <summary>
/// Log-probabilities of known tokens, each given those before it: under the frozen model, or under the whole of a rule with its guides,
/// penalties and constraint.
/// </summary>
internal sealed class ScoreAsk : Ask<bool>
{
    private readonly int _from;
    private readonly Memory<float> _logProbabilities;
    private readonly TokenLogProbability[][]? _top;
    private readonly IReadOnlyList<float[]> _guides;
    private readonly NextTokenRule _rule;
    private readonly bool _isGuided;
    private readonly List<TokenChoice> _choices = [];
    private readonly PositionStates? _states;

    /// <param name="sequence">Whose tokens.</param>
    /// <param name="from">First token to score.</param>
    /// <param name="logProbabilities">One for each token from there on.</param>
    /// <param name="top">Lists of the most probable tokens to fill, or null.</param>
    /// <param name="rule">Whose scores; null: the frozen model's.</param>
    /// <param name="guides">What each guide of the rule says by itself, to fill; or null.</param>
    public ScoreAsk(
        Sequence sequence,
        int from,
        Memory<float> logProbabilities,
        TokenLogProbability[][]? top,
        NextTokenRule? rule,
        IReadOnlyList<float[]>? guides)
        : base(sequence)
    {
        (_from, _logProbabilities, _top, _isGuided, _guides) = (from, logProbabilities, top, rule is not null, guides ?? []);

        // Lists are as long as the longest that is wanted; temperature and truncation play no part in the score of a given token.
        _rule = (rule ?? new NextTokenRule()) with
        {
            Temperature = 0,
            TopLogProbabilities = top is null or [] ? 0 : top.Max(list => list.Length),
        };
        _states = rule is null ? null : new PositionStates(sequence);
    }

    public override string Name => "scores";

    public override GuidePaths GuidePaths => _isGuided ? GuidePaths.Read : GuidePaths.Idle;

    public override bool NeedsLogits => true;

    public override bool IsPrompt => true;

    protected override bool Finish() => true;

    public override void Promise(int outputs)
    {
        base.Promise(outputs);
        _states?.Fill(_rule, Next + 1, outputs);
        while (_choices.Count < outputs)
        {
            _choices.Add(new TokenChoice(_rule.TopLogProbabilities, _isGuided ? Sequence.Guides.Count : 0));
        }
    }

    public override Draw Draw(int output, int index) => new(
        _rule, _states?.Counts(output), _states?.Mask(output), 0, _choices[output], Sequence.Tokens[Next + output + 1]);

    protected override bool Take(int outputs)
    {
        for (int i = 0; i < outputs; i++)
        {
            Take(Next - outputs + i + 1, _choices[i]);
        }

        return true;
    }

    /// <summary>A token that is never chosen, which a prompt may hold, has no probability: the choice is then another one.</summary>
    private void Take(int index, TokenChoice choice)
    {
        bool isPossible = choice.Token == Sequence.Tokens[index];
        _logProbabilities.Span[index - _from] = Said(choice.LogProbability);
        for (int guide = 0; guide < _guides.Count; guide++)
        {
            _guides[guide][index - _from] = Said(choice.GuideLogProbabilities[guide]);
        }

        if (_top is not null)
        {
            TokenLogProbability[] list = _top[index - _from];
            Array.Fill(list, TokenLogProbability.None);
            choice.Top.AsSpan(0, choice.Token < 0 ? 0 : list.Length).CopyTo(list);
        }

        float Said(float logProbability) => choice.Token < 0 ? float.NaN : isPossible ? logProbability : float.NegativeInfinity;
    }
}
