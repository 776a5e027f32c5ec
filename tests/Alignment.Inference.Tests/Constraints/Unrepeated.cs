using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Constraints;

namespace Alignment.Inference.Tests.Constraints;

/// <summary>
/// No token twice, from the third on: a mask that is its own memory, written again at every token, where the first tokens have none.
/// </summary>
internal sealed class Unrepeated : IConstraint
{
    private const int Free = 2;

    private readonly List<int> _said = [];
    private readonly TokenMask _mask = new(Automaton.Vocabulary);

    public Unrepeated() => _mask.Fill(allowed: true);

    public TokenMask? Mask => _said.Count < Free ? null : _mask;

    public int? Forced => null;

    public void Accept(int token)
    {
        _said.Add(token);
        _mask[token] = false;
    }

    public void Rewind(int token)
    {
        Assert.Equal(_said[^1], token);
        _said.RemoveAt(_said.Count - 1);
        _mask[token] = !_said.Contains(token);
    }

    public IConstraint Fork()
    {
        Unrepeated fork = new();
        _said.ForEach(fork.Accept);
        return fork;
    }
}
