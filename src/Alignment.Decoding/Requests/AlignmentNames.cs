namespace Alignment.Decoding.Requests;

/// <summary>The names that an <c>alignment</c> object may use with one model.</summary>
/// <param name="Guides">Token-reward heads and adapters.</param>
/// <param name="Rewards">What a search can score with.</param>
public sealed record AlignmentNames(IReadOnlyCollection<string> Guides, IReadOnlyCollection<string> Rewards)
{
    /// <summary>A bare model.</summary>
    public static AlignmentNames None { get; } = new([], []);

    /// <summary>Rewards that are only watched: scored and reported in metrics. No request may name them; a profile may.</summary>
    public IReadOnlyCollection<string> Shadows { get; init; } = [];

    /// <summary>The names that an operator's own profile may use: where it names a shadow, that one acts.</summary>
    internal AlignmentNames OfProfiles => this with { Rewards = [.. Rewards, .. Shadows], Shadows = [] };
}
