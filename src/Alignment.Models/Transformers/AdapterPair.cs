using Alignment.Compute.Backends;

namespace Alignment.Models.Transformers;

/// <summary>A LoRA pair and where its share begins in a fused product.</summary>
internal readonly record struct AdapterPair(LowRank Pair, int FirstColumn);
