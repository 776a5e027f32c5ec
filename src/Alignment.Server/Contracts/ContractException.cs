using System.Text.Json;

namespace Alignment.Server.Contracts;

/// <summary>A field has a value that its contract cannot hold; the message is meant for the client.</summary>
internal sealed class ContractException(string message) : JsonException(message);
