namespace Alignment.Compute.Contract;

/// <summary>Per-head RMS norm of queries and keys (Qwen3).</summary>
/// <param name="Query"><c>[1, headSize]</c>.</param>
/// <param name="Key"><c>[1, headSize]</c>.</param>
/// <param name="Epsilon">Epsilon of the norm.</param>
public sealed record HeadNorm(Tensor Query, Tensor Key, float Epsilon);
