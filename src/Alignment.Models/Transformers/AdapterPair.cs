using Alignment.Compute.Contract;

namespace Alignment.Models.Transformers;

/// <summary>A LoRA pair and where its share begins in a fused product.</summary>
internal readonly record struct AdapterPair(Lora Pair, int FirstColumn);
