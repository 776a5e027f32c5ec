namespace Alignment.Inference.Scheduling;

/// <summary>Brings a program that awaited something outside the engine back to the engine's thread.</summary>
internal sealed class EngineContext(Action<Action> post) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => post(() => d(state));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Waiting for the engine's thread could deadlock it.");
}
