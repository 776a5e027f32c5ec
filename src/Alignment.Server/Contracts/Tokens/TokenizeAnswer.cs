namespace Alignment.Server.Contracts.Tokens;

/// <summary>Answer of POST /tokenize.</summary>
/// <param name="Count">How many tokens.</param>
/// <param name="MaxModelLen">How many the model can hold.</param>
/// <param name="Tokens">Their ids.</param>
internal sealed record TokenizeAnswer(int Count, int MaxModelLen, IReadOnlyList<int> Tokens);
