using Microsoft.Extensions.Configuration;

namespace Alignment.Hosting.Options;

/// <summary>A named alignment setting.</summary>
public sealed record ProfileOptions
{
    /// <summary>The model it stands over; empty: every model.</summary>
    public string Model { get; init; } = "";

    /// <summary>An <c>alignment</c> object as requests write it.</summary>
    public IConfigurationSection? Alignment { get; init; }

    /// <summary>Sampling where the request does not say otherwise.</summary>
    public ProfileSampling Sampling { get; init; } = new();
}
