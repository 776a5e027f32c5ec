using Alignment.Compute.Contract;

namespace Alignment.Inference.Guides;

/// <summary>Turns hidden states into scores of the next token. Implemented by token-reward heads, and by the tests' doubles.</summary>
public interface ILogitsHead
{
    /// <summary>For reports.</summary>
    string Name { get; }

    /// <summary>
    /// Projects the first <paramref name="rows"/> rows of <paramref name="hidden"/> <c>[rows, hidden]</c> to <paramref name="logits"/>
    /// <c>[rows, vocab]</c>. Allocates nothing.
    /// </summary>
    void Project(Tensor hidden, int rows, Tensor logits);
}
