using System.Text.Json.Nodes;

namespace Alignment.Server.Requests.Fields;

/// <summary>A field of other servers' bodies that this server does not have.</summary>
/// <param name="Place">The object that it is a field of: see <see cref="FieldCheck"/>; empty for every body.</param>
/// <param name="Name">Its name.</param>
/// <param name="Reason">Why it is refused; null where it may be ignored, because the answer means the same without it.</param>
/// <param name="Neutral">Values, as JSON, that ask for nothing: they are accepted, and so is null.</param>
internal sealed record ForeignField(string Place, string Name, string? Reason, IReadOnlyList<string> Neutral)
{
    private readonly JsonNode?[] _neutral = [.. Neutral.Select(value => JsonNode.Parse(value))];

    /// <summary>Whether a value may be ignored.</summary>
    public bool Accepts(JsonNode? value)
        => Reason is null || value is null || Array.Exists(_neutral, neutral => JsonNode.DeepEquals(neutral, value));
}
