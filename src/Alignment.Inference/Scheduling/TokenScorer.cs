using Alignment.Compute.NextToken;
using Alignment.Models;

namespace Alignment.Inference.Scheduling;

/// <summary>Scores known tokens by the rule that draws none, so that logits stay where they are. Its choices are reused, and grow to the longest list asked for.</summary>
internal sealed class TokenScorer(Transformer model, int vocabulary)
{
    private readonly List<TokenChoice> _choices = [];
    private int _count;

    public void Clear() => _count = 0;

    /// <summary>The row of one output that scores one token of its sequence.</summary>
    public NextTokenRow Add(in ScoredRows scored, int index)
    {
        ScoreRequest request = scored.Sequence.Scores!;
        int token = scored.Sequence.Tokens[scored.FirstToken + index];

        // A prompt may hold ids that are never chosen: they have no probability, but the tokens that are likelier are still asked for.
        int? given = token < vocabulary ? token : null;
        TokenChoice choice = Next(request.Rule.TopLogProbabilities);
        return new NextTokenRow(model.Logits, scored.First + index, vocabulary, [], 0, request.Rule, null, 0, 0, choice, given);
    }

    /// <summary>Hands over what the rows said, in the order in which they were added.</summary>
    public void Publish(IReadOnlyList<ScoredRows> runs)
    {
        int row = 0;
        foreach (ScoredRows run in runs)
        {
            for (int i = 0; i < run.Count; i++)
            {
                Publish(run, run.FirstToken + i, _choices[row++]);
            }
        }
    }

    private void Publish(in ScoredRows run, int index, TokenChoice choice)
    {
        ScoreRequest request = run.Sequence.Scores!;
        bool isPossible = run.Sequence.Tokens[index] < vocabulary;
        request.LogProbabilities.Span[index - request.From] = choice.Token < 0 ? float.NaN : isPossible ? choice.LogProbability : float.NegativeInfinity;
        if (request.Top is { } top)
        {
            TokenLogProbability[] list = top[index - request.From];
            Array.Fill(list, TokenLogProbability.None);
            choice.Top.AsSpan(0, choice.Token < 0 ? 0 : list.Length).CopyTo(list);
        }
    }

    private TokenChoice Next(int top)
    {
        if (_count == _choices.Count)
        {
            _choices.Add(new TokenChoice(top, 0));
        }
        else if (_choices[_count].Top.Length < top)
        {
            _choices[_count] = new TokenChoice(top, 0);
        }

        return _choices[_count++];
    }
}
