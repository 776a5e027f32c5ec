namespace Alignment.Server.Contracts;

/// <summary>Answer of GET /v1/models.</summary>
/// <param name="Data">Models, each followed by its profiles.</param>
internal sealed record ModelList(IReadOnlyList<ModelCard> Data)
{
    /// <summary>The kind of object.</summary>
    public string Object { get; } = "list";
}

/// <summary>One name that requests may put in <c>model</c>.</summary>
/// <param name="Id">The name.</param>
/// <param name="Created">When this server loaded it; Unix time in seconds.</param>
/// <param name="OwnedBy">alignment.</param>
/// <param name="Parent">The model that a profile aligns; null for a model.</param>
/// <param name="MaxModelLen">Longest prompt and response together, in tokens.</param>
/// <param name="Guides">What <c>alignment.guidance</c> may name.</param>
/// <param name="Rewards">What <c>alignment.search.reward</c> may name.</param>
internal sealed record ModelCard(
    string Id,
    long Created,
    string OwnedBy,
    string? Parent,
    int MaxModelLen,
    IReadOnlyCollection<string> Guides,
    IReadOnlyCollection<string> Rewards)
{
    /// <summary>The kind of object.</summary>
    public string Object { get; } = "model";
}
