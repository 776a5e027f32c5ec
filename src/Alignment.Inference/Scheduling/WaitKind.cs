namespace Alignment.Inference.Scheduling;

/// <summary>What a sequence waits for.</summary>
internal enum WaitKind
{
    /// <summary>Nothing: its program does something else.</summary>
    None,

    /// <summary>The next token by a rule.</summary>
    Next,

    /// <summary>All known tokens computed, and the last hidden state.</summary>
    Hidden,

    /// <summary>Log-probabilities of known tokens.</summary>
    Scores,
}
