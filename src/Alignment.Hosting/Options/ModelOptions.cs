namespace Alignment.Hosting.Options;

/// <summary>One served model.</summary>
public sealed record ModelOptions
{
    /// <summary>What clients call it; the folder's name where it is empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>Its folder in Hugging Face layout, absolute or relative to the content root or the program.</summary>
    public string Path { get; init; } = "";

    /// <summary>
    /// Other models that can guide it: the folder of each, found as <see cref="Path"/> is, by the name of its guidance source.
    /// </summary>
    public IReadOnlyDictionary<string, string> Guides { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Rewards of its folder that are only watched: scored and reported in metrics, and refused where a request names one.
    /// </summary>
    public IReadOnlyList<string> Shadow { get; init; } = [];

    /// <summary>The key of a model's <see cref="Shadow"/>, below the section's.</summary>
    internal static string ShadowKey(int model) => $"{nameof(AlignmentOptions.Models)}:{model}:{nameof(Shadow)}";

    /// <summary>The key of a model's <see cref="Guides"/>, below the section's.</summary>
    internal static string GuidesKey(int model) => $"{nameof(AlignmentOptions.Models)}:{model}:{nameof(Guides)}";
}
