using Alignment.Inference.Pages;
using Alignment.Inference.Threading;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Sessions;

/// <summary>What sessions and their sequences use of the engine that runs them.</summary>
/// <param name="model">The frozen model.</param>
/// <param name="tree">Whose pages their paths take.</param>
/// <param name="maxLength">Longest sequence, in tokens.</param>
/// <param name="mailbox">Brings programs back to the thread.</param>
/// <param name="threadId">The thread that all programs belong to.</param>
internal sealed class SessionHost(Transformer model, TokenTree tree, int maxLength, Mailbox mailbox, int threadId)
{
    public Transformer Model => model;

    public TokenTree Tree => tree;

    public int MaxLength => maxLength;

    public Mailbox Mailbox => mailbox;

    public int ThreadId => threadId;

    /// <summary>What waits for a pass, in the order in which it began to; asks that no longer wait are dropped by the next pass.</summary>
    public List<Ask> Waiting { get; } = [];
}
