namespace Alignment.Server.Contracts.Models;

/// <summary>Answer of GET /v1/models.</summary>
/// <param name="Data">Models, each followed by its profiles.</param>
internal sealed record ModelList(IReadOnlyList<ModelCard> Data)
{
    /// <summary>The kind of object.</summary>
    public string Object { get; } = "list";
}
