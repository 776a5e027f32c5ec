using Alignment.Inference.Pages;
using Alignment.Inference.Threading;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Sessions;

/// <summary>What sessions and their sequences use of the engine that runs them.</summary>
/// <param name="lanes">Its models; the first is that of a sequence that names none.</param>
/// <param name="mailbox">Brings programs back to the thread.</param>
/// <param name="threadId">The thread that all programs belong to.</param>
internal sealed class SessionHost(Lane[] lanes, Mailbox mailbox, int threadId)
{
    public Mailbox Mailbox => mailbox;

    public int ThreadId => threadId;

    /// <summary>What waits for a pass, in the order in which it began to; asks that no longer wait are dropped by the next pass.</summary>
    public List<Ask> Waiting { get; } = [];

    public Lane LaneOf(TokenPath path) => lanes[path.Lane];

    /// <summary>The lane of a model; null: the first.</summary>
    /// <exception cref="ArgumentException">The engine does not drive that model.</exception>
    public Lane LaneOf(Transformer? model) => model is null
        ? lanes[0]
        : Array.Find(lanes, lane => lane.Model == model)
            ?? throw new ArgumentException("The engine does not drive this model: name it when the engine is made.", nameof(model));
}
