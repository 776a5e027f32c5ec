namespace Alignment.Decoding.Requests;

/// <summary>A request's <c>alignment</c> object after binding: names resolved against the model, floors applied.</summary>
public sealed record AlignmentSettings
{
    /// <summary>The frozen model as it is.</summary>
    public static AlignmentSettings None { get; } = new();

    /// <summary>Next-token scores added to the model's logits.</summary>
    public IReadOnlyList<GuidanceSource> Guidance { get; init; } = [];

    /// <summary>The method; null is <c>sample</c>.</summary>
    public SearchSettings? Search { get; init; }

    /// <summary>Answer with an alignment report.</summary>
    public bool Report { get; init; }
}

/// <summary>One source of next-token scores and its weight.</summary>
/// <param name="Source">Name of a token-reward head or an adapter, or <see cref="Prompt"/>.</param>
/// <param name="Weight">1 / beta: 0 is the frozen model, negative weights push away.</param>
/// <param name="Text">The contrast prompt, where the source is <see cref="Prompt"/>.</param>
public sealed record GuidanceSource(string Source, float Weight, string? Text = null)
{
    /// <summary>The source that is the frozen model itself under another prompt.</summary>
    public const string Prompt = "prompt";

    internal const string Field = "alignment.guidance";

    internal static string TextField(int index) => $"{Field}[{index}].text";
}
