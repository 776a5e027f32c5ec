namespace Alignment.Benchmarks.Gpu.Model;

/// <summary>What guides a decode loop.</summary>
internal enum Guidance
{
    None,

    /// <summary>A second row of each sequence, with the adapter's weights and keys and values of its own.</summary>
    Adapter,

    /// <summary>A layer over the hidden state.</summary>
    Head,
}
