using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.Training;

/// <summary>Handles of the kernels that only training launches, looked up once.</summary>
internal sealed class TrainingKernels(KernelModule module)
{
    /// <summary>STRIDED_TILE of training.cu.</summary>
    public const int StridedTile = 64;

    /// <summary>32 * HEAD_PARTS of training.cu.</summary>
    public const int MostHeadSize = 256;

    public nint StridedMatMul { get; } = module.Find("strided_matmul");

    public nint RmsNormForward { get; } = module.Find("rms_norm_forward");

    public nint RmsNormBackward { get; } = module.Find("rms_norm_backward");

    public nint ColumnSums { get; } = module.Find("column_sums");

    public nint RotateHeads { get; } = module.Find("rotate_heads");

    public nint AttentionForward { get; } = module.Find("attention_forward");

    public nint AttentionQueryGradient { get; } = module.Find("attention_query_gradient");

    public nint AttentionKeyValueGradient { get; } = module.Find("attention_key_value_gradient");

    public nint SwiGluBackward { get; } = module.Find("swiglu_backward");

    public nint SiluBackward { get; } = module.Find("silu_backward");

    public nint CrossEntropy { get; } = module.Find("cross_entropy");

    public nint ScatterAdd { get; } = module.Find("scatter_add");

    public nint AddScaled { get; } = module.Find("add_scaled");

    public nint SumOfSquares { get; } = module.Find("sum_of_squares");

    public nint AdamW { get; } = module.Find("adamw");
}
