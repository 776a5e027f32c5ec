using System.Runtime.InteropServices;

namespace Alignment.Compute.Cuda.Driver;

/// <summary>Launches that the device starts as one.</summary>
internal sealed class CudaGraph : SafeHandle
{
    private const int ThreadLocalCapture = 1;

    /// <summary>Records what <paramref name="launch"/> gives the stream; nothing of it runs.</summary>
    public CudaGraph(CudaStream stream, Action launch)
        : base(0, ownsHandle: true)
    {
        CudaException.Check(DriverApi.cuStreamBeginCapture_v2(stream.Address, ThreadLocalCapture));
        nint graph = 0;
        try
        {
            launch();
        }
        finally
        {
            // Also after a fault: a stream that goes on capturing is lost.
            CudaException.Check(DriverApi.cuStreamEndCapture(stream.Address, out graph));
        }

        try
        {
            CudaException.Check(DriverApi.cuGraphInstantiateWithFlags(out nint executable, graph, 0));
            SetHandle(executable);
        }
        finally
        {
            _ = DriverApi.cuGraphDestroy(graph);
        }
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Queues the whole.</summary>
    public void Launch(CudaStream stream) => CudaException.Check(DriverApi.cuGraphLaunch(handle, stream.Address));

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => DriverApi.cuGraphExecDestroy(handle) == 0;
}
