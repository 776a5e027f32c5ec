namespace Alignment.Inference.Sessions;

/// <summary>What an ask wants of the paths of a sequence's guides.</summary>
internal enum GuidePaths
{
    /// <summary>Nothing.</summary>
    Idle,

    /// <summary>All rows before those that are asked for, so that forks share them.</summary>
    CatchUp,

    /// <summary>An output for each of the frozen model's.</summary>
    Read,
}
