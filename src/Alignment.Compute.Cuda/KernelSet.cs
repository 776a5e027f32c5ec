using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda;

/// <summary>Handles of all kernels, looked up once.</summary>
internal sealed class KernelSet(KernelModule module)
{
    /// <summary>Threads of every block: THREADS of common.cuh.</summary>
    public const int Threads = 256;

    /// <summary>Warps of a block.</summary>
    public const int Warps = Threads / 32;

    /// <summary>MATMUL_ROWS of matmul.cu.</summary>
    public const int MatMulRows = 8;

    /// <summary>MOST_HEAD of attention.cu.</summary>
    public const int MostHeadSize = 256;

    /// <summary>RANDOM_TILE of random.cu.</summary>
    public const int RandomTile = Threads * 64;

    public nint Embed { get; } = module.Find("embed");

    public nint RmsNorm { get; } = module.Find("rms_norm");

    public nint MatMul { get; } = module.Find("matmul");

    public nint LowRankInner { get; } = module.Find("low_rank_inner");

    public nint LowRankOuter { get; } = module.Find("low_rank_outer");

    public nint RotateAndStore { get; } = module.Find("rotate_and_store");

    public nint Attend { get; } = module.Find("attend");

    public nint GatedActivation { get; } = module.Find("gated_activation");

    public nint Silu { get; } = module.Find("silu");

    public nint GatherRows { get; } = module.Find("gather_rows");

    public nint CopyPage { get; } = module.Find("copy_page");

    public nint NextToken { get; } = module.Find("next_token");

    public nint FillRandom { get; } = module.Find("fill_random");
}
