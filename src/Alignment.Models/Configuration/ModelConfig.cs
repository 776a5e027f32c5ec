namespace Alignment.Models.Configuration;

/// <summary>
/// The shape of a decoder-only Transformer, as its <c>config.json</c> describes it. One record covers the Llama family:
/// Llama 2/3, Mistral, SmolLM, Qwen2/2.5 (q/k/v bias) and Qwen3 (q/k norm).
/// </summary>
public sealed record ModelConfig
{
    /// <summary><c>model_type</c>: llama, mistral, qwen2 or qwen3.</summary>
    public required string ModelType { get; init; }

    /// <summary>Rows of the embedding; at least the tokenizer's size.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width of the gated feed-forward layer.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key/value heads; divides <see cref="Heads"/> (grouped-query attention).</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Width of one head; <c>head_dim</c> where given, else hidden size / heads.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Longest context in tokens.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Epsilon of every RMSNorm.</summary>
    public float RmsNormEpsilon { get; init; } = 1e-5f;

    /// <summary>Rotary base frequency and its scaling.</summary>
    public RopeConfig Rope { get; init; } = new();

    /// <summary>Output embedding is the input embedding.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>q, k and v projections add a bias (Qwen2).</summary>
    public bool AttentionBias { get; init; }

    /// <summary>q and k are RMS-normalised per head before the rotation (Qwen3).</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>First token of a text, where the model has one.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>Tokens that end a response.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>Width of all query heads together.</summary>
    public int QuerySize => Heads * HeadSize;

    /// <summary>Width of all key (or value) heads together.</summary>
    public int KeyValueSize => KeyValueHeads * HeadSize;
}
