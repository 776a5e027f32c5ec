using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Constraints;

namespace Alignment.Inference.Tests.Constraints;

/// <summary>
/// Three states in turn: a token whose id leaves rest 0, 1 or 2 divided by three. Every tenth token is followed by a run that leaves no
/// choice. Whatever else a program appends counts as a turn.
/// </summary>
internal sealed class Automaton : IConstraint
{
    public const int Vocabulary = 300;
    public static readonly int[] Run = [240, 241, 242, 243, 244];
    private const int Period = 10;

    private static readonly TokenMask[] s_rests = [.. Enumerable.Range(0, 3).Select(rest => Allow(token => token % 3 == rest))];
    private static readonly TokenMask[] s_run = [.. Run.Select(only => Allow(token => token == only))];

    private int _length;

    public TokenMask? Mask => Forced is null ? s_rests[_length % 3] : s_run[_length % Period];

    public int? Forced => _length >= Period && _length % Period < Run.Length ? Run[_length % Period] : null;

    /// <summary>Whether a token may stand at a place of a response.</summary>
    public static bool Allows(int index, int token)
        => index >= Period && index % Period < Run.Length ? token == Run[index % Period] : token % 3 == index % 3;

    public void Accept(int token) => _length++;

    public void Rewind(int token) => Assert.True(--_length >= 0);

    public IConstraint Fork() => new Automaton { _length = _length };

    private static TokenMask Allow(Func<int, bool> isAllowed)
    {
        TokenMask mask = new(Vocabulary);
        for (int token = 0; token < Vocabulary; token++)
        {
            mask[token] = isAllowed(token);
        }

        return mask;
    }
}
