namespace Alignment.Training.Data;

/// <summary>Where a prompt belongs: rewards learn from half A, judges from half B, and nothing learns from what is held out.</summary>
public enum DataPart
{
    /// <summary>Only for measuring.</summary>
    HeldOut,

    /// <summary>The half for rewards.</summary>
    A,

    /// <summary>The half for judges of those rewards.</summary>
    B,
}
