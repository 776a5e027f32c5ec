namespace Alignment.Benchmarks.EndToEnd;

/// <summary>Sizes of a model whose weights nobody trained.</summary>
internal sealed record SyntheticShape(
    int Vocabulary,
    int Hidden,
    int Intermediate,
    int Layers,
    int Heads,
    int KeyValueHeads,
    int HeadSize,
    int Positions,
    double RopeTheta,
    bool TiesEmbeddings)
{
    /// <summary>The four projections of attention, the usual choice for adapters of reward models.</summary>
    public static readonly string[] AttentionModules = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"];

    /// <summary>Every projection of a layer.</summary>
    public static readonly string[] Modules = [.. AttentionModules, "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"];

    /// <summary>SmolLM2-135M.</summary>
    public static SyntheticShape SmolLm135M { get; } = new(49_152, 576, 1536, 30, 9, 3, 64, 2048, 100_000, TiesEmbeddings: true);

    /// <summary>Rows and columns of a projection's weight.</summary>
    public int[] SizeOf(string module) => module switch
    {
        "self_attn.q_proj" => [Heads * HeadSize, Hidden],
        "self_attn.o_proj" => [Hidden, Heads * HeadSize],
        "mlp.gate_proj" or "mlp.up_proj" => [Intermediate, Hidden],
        "mlp.down_proj" => [Hidden, Intermediate],
        _ => [KeyValueHeads * HeadSize, Hidden],
    };
}
