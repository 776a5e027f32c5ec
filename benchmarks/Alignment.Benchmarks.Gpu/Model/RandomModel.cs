using Alignment.Benchmarks.EndToEnd;
using Alignment.Compute.Cuda;
using Alignment.Models.Checkpoints;
using Alignment.Models.Transformers;

namespace Alignment.Benchmarks.Gpu.Model;

/// <summary>
/// A Transformer of the workload's shape with weights drawn on the device, an adapter on every projection and a token-reward head. Owns
/// them and the backend.
/// </summary>
internal sealed class RandomModel : IDisposable
{
    public RandomModel(Workload workload)
    {
        Backend = new CudaBackend { RandomWeights = true };
        string folder = Directory.CreateTempSubdirectory("alignment-gpu-").FullName;
        try
        {
            string adapter = Path.Combine(folder, "adapter");
            SyntheticModel.WriteModel(folder, workload.Shape, sparse: true);
            SyntheticModel.WriteAdapter(adapter, workload.Shape, workload.Rank, SyntheticShape.Modules);
            using Checkpoint checkpoint = Checkpoint.Open(folder, checksNumbers: false);
            Transformer = Transformer.Load(
                checkpoint, Backend, new TransformerLimits(Math.Max(workload.Prompt, 2 * workload.Batch), 2 * workload.Batch));
            Adapter = Transformer.LoadAdapter(adapter);
            Head = new SyntheticHead(Transformer);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public CudaBackend Backend { get; }

    public Transformer Transformer { get; }

    public Adapter Adapter { get; }

    public SyntheticHead Head { get; }

    public void Dispose()
    {
        Head.Dispose();
        Adapter.Dispose();
        Transformer.Dispose();
        Backend.Dispose();
    }
}
