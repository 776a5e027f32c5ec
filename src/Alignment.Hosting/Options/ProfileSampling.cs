using Alignment.Decoding.Requests;

namespace Alignment.Hosting.Options;

/// <summary>Sampling defaults of a profile; what is null stays as the model has it.</summary>
public sealed record ProfileSampling
{
    /// <summary>See <see cref="SamplingSettings.Temperature"/>.</summary>
    public float? Temperature { get; init; }

    /// <summary>See <see cref="SamplingSettings.TopP"/>.</summary>
    public float? TopP { get; init; }

    /// <summary>See <see cref="SamplingSettings.TopK"/>.</summary>
    public int? TopK { get; init; }

    /// <summary>See <see cref="SamplingSettings.MinP"/>.</summary>
    public float? MinP { get; init; }

    /// <summary>See <see cref="SamplingSettings.RepetitionPenalty"/>.</summary>
    public float? RepetitionPenalty { get; init; }

    internal SamplingSettings Over(SamplingSettings defaults) => defaults with
    {
        Temperature = Temperature ?? defaults.Temperature,
        TopP = TopP ?? defaults.TopP,
        TopK = TopK ?? defaults.TopK,
        MinP = MinP ?? defaults.MinP,
        RepetitionPenalty = RepetitionPenalty ?? defaults.RepetitionPenalty,
    };
}
