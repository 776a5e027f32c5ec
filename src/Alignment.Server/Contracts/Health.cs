namespace Alignment.Server.Contracts;

/// <summary>Answer of GET /health.</summary>
/// <param name="Status">ok or failed.</param>
/// <param name="Models">The models whose engine loop is alive.</param>
internal sealed record HealthAnswer(string Status, IReadOnlyList<string> Models);
