namespace Alignment.Inference;

/// <summary>The cache that was asked for fits neither the model nor the memory; the message says in one line what would.</summary>
public sealed class CacheSizeException(string message) : Exception(message);
