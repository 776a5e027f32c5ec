namespace Alignment.Models.Configuration;

/// <summary>Rotary position embedding: pair i of a head turns by position * Theta^(-2i/head) radians, after scaling.</summary>
public sealed record RopeConfig
{
    /// <summary><c>rope_theta</c>.</summary>
    public double Theta { get; init; } = 10_000;

    /// <summary>How the frequencies are stretched beyond the training context.</summary>
    public RopeScaling Scaling { get; init; } = RopeScaling.None;

    /// <summary><c>factor</c> of linear and llama3 scaling.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>llama3: wavelengths above original context / this are divided by <see cref="Factor"/>.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>llama3: wavelengths below original context / this are kept.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>llama3: the context that the model was first trained on.</summary>
    public int OriginalMaxPositions { get; init; } = 8192;
}
