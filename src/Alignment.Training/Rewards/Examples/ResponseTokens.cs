using Alignment.Training.Data;
using Alignment.Training.Data.Packing;

namespace Alignment.Training.Rewards.Examples;

/// <summary>A prompt and one response to it, as tokens.</summary>
/// <param name="Tokens">Prompt, response, end of turn.</param>
/// <param name="Start">Index of the response's first token; at least 1.</param>
public sealed record ResponseTokens(int[] Tokens, int Start)
{
    /// <summary>Tokens of the response, its end included.</summary>
    public int Count => Tokens.Length - Start;

    /// <summary>The tokens that predict the response: all but the last.</summary>
    public ReadOnlySpan<int> Inputs => Tokens.AsSpan(0, Tokens.Length - 1);

    /// <summary>What follows each input.</summary>
    public ReadOnlySpan<int> Targets => Tokens.AsSpan(1);

    /// <summary>The tokens of the response.</summary>
    public ReadOnlySpan<int> Response => Tokens.AsSpan(Start);

    /// <summary>Encodes a prompt and a response, with its end of turn.</summary>
    public static ResponseTokens Of(IReadOnlyList<Turn> prompt, string response, ChatEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        List<int> tokens = [];
        encoder.AppendPrompt(prompt, tokens);
        int start = tokens.Count;
        encoder.AppendResponse(response, tokens);
        return new ResponseTokens([.. tokens], start);
    }
}
