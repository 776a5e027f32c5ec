using System.Text.Json;
using System.Text.Json.Nodes;

namespace Alignment.Server.Requests.Fields;

/// <summary>A field of other servers' bodies that this server does not have.</summary>
/// <param name="Place">The object that it is a field of: see <see cref="FieldCheck"/>; empty for every body.</param>
/// <param name="Name">Its name.</param>
/// <param name="Reason">Why it is refused; null where it may be ignored, because the answer means the same without it.</param>
/// <param name="Neutral">Values, as JSON, that ask for nothing: they are accepted, and so is null.</param>
/// <param name="InPlaceOf">The field that is left out, or otherwise, where this one is given; null: none is.</param>
internal sealed record ForeignField(string Place, string Name, string? Reason, IReadOnlyList<string> Neutral, string? InPlaceOf = null)
{
    private const int MaxNeutral = 64;

    private readonly JsonNode?[] _neutral = [.. Neutral.Select(value => JsonNode.Parse(value))];

    /// <summary>Whether a value may be ignored. What is much longer than a neutral value is not compared.</summary>
    /// <param name="value">At the value; a copy, which the caller's does not follow.</param>
    public bool Accepts(Utf8JsonReader value)
    {
        Utf8JsonReader end = value;
        end.Skip();
        return Reason is null || value.TokenType == JsonTokenType.Null
            || (end.BytesConsumed - value.TokenStartIndex <= MaxNeutral && IsNeutral(JsonNode.Parse(ref value)));
    }

    private bool IsNeutral(JsonNode? value) => Array.Exists(_neutral, neutral => JsonNode.DeepEquals(neutral, value));
}
