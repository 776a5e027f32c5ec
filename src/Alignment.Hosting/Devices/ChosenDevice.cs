using Alignment.Compute.Contract;

namespace Alignment.Hosting.Devices;

/// <summary>An opened device, and why it is this one. Whoever opened it owns the backend.</summary>
/// <param name="Backend">The device.</param>
/// <param name="Reason">For the line printed at start: "auto: no CUDA driver on this machine".</param>
public sealed record ChosenDevice(IBackend Backend, string Reason)
{
    /// <summary>"cpu, Vector512, 2 threads (auto: no CUDA driver on this machine)".</summary>
    public override string ToString() => $"{Backend.Description} ({Reason})";
}
