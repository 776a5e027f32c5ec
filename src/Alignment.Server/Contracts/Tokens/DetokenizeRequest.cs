namespace Alignment.Server.Contracts.Tokens;

/// <summary>Body of POST /detokenize.</summary>
internal sealed record DetokenizeRequest
{
    /// <summary>A name of /v1/models.</summary>
    public string? Model { get; init; }

    /// <summary>Token ids.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }
}
