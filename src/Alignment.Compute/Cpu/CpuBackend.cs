using Alignment.Compute.Contract;
using Alignment.Compute.Cpu.Simd;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cpu;

/// <summary>Makes the backend of the host: the one contract over the widest SIMD form that the machine has.</summary>
public static class CpuBackend
{
    /// <summary>Most workers that may be asked for.</summary>
    public const int MaxThreads = 1024;

    /// <summary>Starts the threads, which the backend owns.</summary>
    /// <param name="threads">Workers; null reads <c>ALIGNMENT_THREADS</c>, else one per processor.</param>
    /// <param name="form">
    /// Width of the kernels; null reads <c>ALIGNMENT_SIMD</c> (512, 256 or scalar), else the widest the machine has.
    /// </param>
    /// <exception cref="PlatformNotSupportedException">The machine does not run the form.</exception>
    public static IBackend Create(int? threads = null, SimdForm? form = null)
    {
        SimdForm chosen = form ?? CpuSettings.Form();
        if (!CpuSettings.IsSupported(chosen))
        {
            throw new PlatformNotSupportedException($"This machine does not run {chosen} kernels.");
        }

        var team = new ThreadTeam(threads ?? CpuSettings.Threads());
        string description = $"cpu, {chosen}, {team.Workers} threads";
        return chosen switch
        {
            SimdForm.Vector512 => new SimdBackend<Simd512>(team, description),
            SimdForm.Vector256 => new SimdBackend<Simd256>(team, description),
            _ => new SimdBackend<SimdScalar>(team, description),
        };
    }
}
