namespace Alignment.Compute.Contract.Training;

/// <summary>The numbers of one AdamW update.</summary>
public readonly record struct AdamWStep
{
    /// <summary>Step size.</summary>
    public required float LearningRate { get; init; }

    /// <summary>Decay of the first moment.</summary>
    public required float Beta1 { get; init; }

    /// <summary>Decay of the second moment.</summary>
    public required float Beta2 { get; init; }

    /// <summary>Added to the root of the second moment.</summary>
    public required float Epsilon { get; init; }

    /// <summary>Decoupled weight decay.</summary>
    public required float Decay { get; init; }

    /// <summary>1 - beta1^t.</summary>
    public required float FirstCorrection { get; init; }

    /// <summary>1 - beta2^t.</summary>
    public required float SecondCorrection { get; init; }

    /// <summary>Multiplies every gradient first: the clip.</summary>
    public required float GradientScale { get; init; }
}
