using Alignment.Compute.Contract.NextToken;

namespace Alignment.Inference.Asks;

/// <summary>What the penalties count at consecutive positions: the tokens before each. Grows to the most positions of a pass, then allocates nothing.</summary>
internal sealed class PositionCounts
{
    private readonly List<TokenCounts> _counts = [];

    public TokenCounts this[int position] => _counts[position];

    /// <summary>Counts before token <paramref name="first"/> and each of those after it. Costs a walk over the tokens and a copy for each position.</summary>
    public void Fill(Sequence sequence, int first, int count)
    {
        while (_counts.Count < count)
        {
            _counts.Add(new TokenCounts());
        }

        _counts[0].Clear();
        for (int i = 0; i < first; i++)
        {
            Add(sequence, i, _counts[0]);
        }

        for (int i = 1; i < count; i++)
        {
            _counts[i].CopyFrom(_counts[i - 1]);
            Add(sequence, first + i - 1, _counts[i]);
        }
    }

    /// <summary>Counts a token as part of the prompt or of the response.</summary>
    public static void Add(Sequence sequence, int index, TokenCounts counts)
    {
        if (index < sequence.PromptLength)
        {
            counts.AddPrompt(sequence.Tokens[index]);
        }
        else
        {
            counts.AddResponse(sequence.Tokens[index]);
        }
    }
}
