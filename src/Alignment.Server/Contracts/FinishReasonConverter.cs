using System.Text.Json;
using System.Text.Json.Serialization;
using Alignment.Decoding.Responses;

namespace Alignment.Server.Contracts;

/// <summary>stop, length: the only words that OpenAI's clients accept.</summary>
internal sealed class FinishReasonConverter() : JsonStringEnumConverter<FinishReason>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
