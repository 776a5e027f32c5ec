using Alignment.Compute.Contract;

namespace Alignment.Models.Transformers;

/// <summary>A LoRA pair and where its share begins in the output of a fused matmul.</summary>
internal readonly record struct AdapterPair(Lora Pair, int FirstColumn);
