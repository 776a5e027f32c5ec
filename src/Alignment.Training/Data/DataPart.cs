namespace Alignment.Training.Data;

/// <summary>
/// Where a prompt belongs: training learns from both halves, unless one is kept for judges, and nothing learns from what is held out.
/// </summary>
public enum DataPart
{
    /// <summary>Only for measuring.</summary>
    HeldOut,

    /// <summary>One half.</summary>
    A,

    /// <summary>The other half.</summary>
    B,
}
