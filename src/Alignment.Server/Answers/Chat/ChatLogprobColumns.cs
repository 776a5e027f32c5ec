using Alignment.Decoding.Responses;
using Alignment.Server.Contracts;

namespace Alignment.Server.Answers.Chat;

/// <summary>Tokens in the form that chats give log-probabilities.</summary>
internal static class ChatLogprobColumns
{
    public static ChatLogprobs From(IReadOnlyList<GeneratedToken> tokens) => new([.. tokens.Select(Token)], Refusal: null);

    private static TokenLogprob Token(GeneratedToken token) => new(
        token.Text,
        Logprob.Finite(token.LogProbability ?? float.NegativeInfinity),
        Bytes(token.Bytes),
        [.. token.Top.Select(top => new TopLogprob(top.Text, Logprob.Finite(top.LogProbability), Bytes(top.Bytes)))]);

    private static int[] Bytes(byte[] bytes) => Array.ConvertAll(bytes, b => (int)b);
}
