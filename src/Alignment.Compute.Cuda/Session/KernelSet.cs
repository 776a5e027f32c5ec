using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Launches;

namespace Alignment.Compute.Cuda.Session;

/// <summary>Handles of all kernels, looked up once.</summary>
internal sealed class KernelSet(KernelModule module)
{
    /// <summary>Warps of a block.</summary>
    public const int Warps = Grid.Threads / 32;

    /// <summary>Columns that a block of the activation takes: STRETCH * THREADS of rows.cu.</summary>
    public const int Stretch = Grid.Threads * 8;

    /// <summary>RANDOM_TILE of random.cu.</summary>
    public const int RandomTile = Grid.Threads * 64;

    /// <summary>Widths of heads that attention is compiled for: the instances of ATTEND in attention.cu.</summary>
    public static readonly int[] AttentionWidths = [32, 64, 96, 128, 256];

    /// <summary>Rows that each of the matmuls for few rows takes, with the outputs of one of its blocks.</summary>
    public static readonly (int Rows, int Outputs)[] FewRows = [(8, 16), (16, 32), (32, 32), (64, 32), (128, 32)];

    /// <summary>Rows and outputs of a block of the matmul for wide weights.</summary>
    public static readonly (int Rows, int Outputs) Wide = (64, 64);

    /// <summary>
    /// Weights from here on are wide: blocks of twice the outputs, which read the rows half as often, still keep all multiprocessors busy.
    /// </summary>
    public const int LeastWide = 16_384;

    private readonly Dictionary<int, nint> _attend = AttentionWidths.ToDictionary(width => width, width => module.Find($"attend_{width}"));
    private readonly nint[] _few = [.. FewRows.Select(few => module.Find($"matmul_of_{few.Rows}"))];

    public nint Embed { get; } = module.Find("embed");

    public nint RmsNorm { get; } = module.Find("rms_norm");

    public nint MatMul { get; } = module.Find("matmul");

    public nint NarrowRows { get; } = module.Find("narrow_rows");

    public nint MatMulOfMany { get; } = module.Find("matmul_of_many");

    public nint MatMulOfWide { get; } = module.Find("matmul_of_64_wide");

    public nint AddBias { get; } = module.Find("add_bias");

    public nint AdapterInner { get; } = module.Find("adapter_inner");

    public nint AdapterOuter { get; } = module.Find("adapter_outer");

    public nint UpdateTables { get; } = module.Find("update_tables");

    public nint RotateAndStore { get; } = module.Find("rotate_and_store");

    public nint MergeSplits { get; } = module.Find("merge_splits");

    public nint GatedActivation { get; } = module.Find("gated_activation");

    public nint Silu { get; } = module.Find("silu");

    public nint AddToRows { get; } = module.Find("add_to_rows");

    public nint GatherRows { get; } = module.Find("gather_rows");

    public nint CopyPage { get; } = module.Find("copy_page");

    public nint ScoreTiles { get; } = module.Find("score_tiles");

    public nint SettleRows { get; } = module.Find("settle_rows");

    public nint MeasureTiles { get; } = module.Find("measure_tiles");

    public nint CountKeys { get; } = module.Find("count_keys");

    public nint PickKey { get; } = module.Find("pick_key");

    public nint WeighTiles { get; } = module.Find("weigh_tiles");

    public nint ChooseTokens { get; } = module.Find("choose_tokens");

    public nint FillRandom { get; } = module.Find("fill_random");

    /// <summary>Attention for heads of one of <see cref="AttentionWidths"/>.</summary>
    public nint Attend(int width) => _attend[width];

    /// <summary>The matmul for as many rows as <see cref="FewRows"/> has at this place.</summary>
    public nint MatMulOfFew(int index) => _few[index];
}
