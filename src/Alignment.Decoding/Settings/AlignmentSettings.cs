using Alignment.Decoding.Search;

namespace Alignment.Decoding.Settings;

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
