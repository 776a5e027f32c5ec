namespace Alignment.Models.Configuration;

/// <summary><c>rope_scaling.rope_type</c> of a checkpoint.</summary>
public enum RopeScaling
{
    /// <summary>Frequencies as trained.</summary>
    None,

    /// <summary>Every frequency divided by one factor.</summary>
    Linear,

    /// <summary>Llama 3.1's piecewise scaling by wavelength.</summary>
    Llama3,
}
