using Alignment.Benchmarks.EndToEnd;

namespace Alignment.Benchmarks.Gpu.Model;

/// <summary>What the measurements run: the sizes that the targets are about, or toy sizes that show only that everything runs.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Shape">The model.</param>
/// <param name="Rank">Of the adapter.</param>
/// <param name="Batch">Sequences of a large batch.</param>
/// <param name="Context">Tokens before those that a large batch decodes.</param>
/// <param name="Prompt">Tokens of the prefill, and the most rows of a pass.</param>
/// <param name="MatMulSize">Rows, inputs and outputs of the matmul that measures the matrix rate.</param>
/// <param name="CopyBytes">Size of the copy that measures bandwidth.</param>
/// <param name="Rounds">Repetitions.</param>
internal sealed record Workload(
    string Name, SyntheticShape Shape, int Rank, int Batch, int Context, int Prompt, int MatMulSize, long CopyBytes, int Rounds)
{
    /// <summary>Tokens before those that a single sequence decodes.</summary>
    public const int ShortContext = 32;

    public static IReadOnlyList<Workload> All { get; } =
    [
        new(
            "llama-3-8b",
            new SyntheticShape(128_256, 4096, 14_336, 32, 32, 8, 128, 8192, 500_000, TiesEmbeddings: false),
            16,
            64,
            1024,
            2048,
            8192,
            4L << 30,
            20),
        new("tiny", new SyntheticShape(320, 64, 128, 2, 4, 2, 16, 512, 10_000, TiesEmbeddings: false), 4, 3, 40, 48, 160, 1 << 20, 3),
    ];

    /// <summary>"llama-3-8b|tiny".</summary>
    public static string Names => string.Join('|', All.Select(workload => workload.Name));

    /// <summary>Bytes of the bf16 weights that a decode step reads; of the embedding it reads only a row a token.</summary>
    public double WeightBytes => sizeof(ushort) * (LayerWeights + ((double)Shape.Vocabulary * Shape.Hidden));

    /// <summary>Bytes of the keys and values of one position, counted as bf16.</summary>
    public double PositionBytes => sizeof(ushort) * 2.0 * Shape.Layers * Shape.KeyValueHeads * Shape.HeadSize;

    /// <summary>
    /// Floating-point operations of a prefill with logits of its last token: two for each weight and token, and for attention two matmuls
    /// over the causal half.
    /// </summary>
    public double PromptOperations => (2.0 * Prompt * LayerWeights) + (2.0 * Shape.Vocabulary * Shape.Hidden)
        + (2.0 * Prompt * (Prompt + 1) * Shape.Layers * Shape.Heads * Shape.HeadSize);

    private double LayerWeights =>
        (double)Shape.Layers * SyntheticShape.Modules.Sum(module => (long)Shape.SizeOf(module)[0] * Shape.SizeOf(module)[1]);
}
