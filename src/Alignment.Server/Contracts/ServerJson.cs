using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Alignment.Models.Json;

namespace Alignment.Server.Contracts;

/// <summary>Every contract's serializer, generated. Nulls are written (OpenAI's clients want the keys) and nesting is bounded.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    Converters = [typeof(FinishReasonConverter)],
    MaxDepth = 32)]
[JsonSerializable(typeof(ChatCompletionRequest))]
[JsonSerializable(typeof(ChatCompletion))]
[JsonSerializable(typeof(ChatCompletionChunk))]
[JsonSerializable(typeof(MeteredChatCompletionChunk))]
[JsonSerializable(typeof(CompletionRequest))]
[JsonSerializable(typeof(TextCompletion))]
[JsonSerializable(typeof(MeteredTextCompletion))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelCard))]
[JsonSerializable(typeof(TokenizeRequest))]
[JsonSerializable(typeof(TokenizeAnswer))]
[JsonSerializable(typeof(DetokenizeRequest))]
[JsonSerializable(typeof(DetokenizeAnswer))]
[JsonSerializable(typeof(FeedbackRequest))]
[JsonSerializable(typeof(FeedbackAnswer))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(ErrorResponse))]
internal sealed partial class ServerJson : JsonSerializerContext
{
    /// <summary>What is written is JSON and nothing else, never a part of HTML: apostrophes may stay what they are.</summary>
    public static JavaScriptEncoder Encoder => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>The form in which clients see it.</summary>
    public static ServerJson Wire => Relaxed.Context;

    /// <summary>Made at first use: the generated half's statics may not be there before.</summary>
    private static class Relaxed
    {
        internal static readonly ServerJson Context = new(
            new JsonSerializerOptions(Default.GeneratedSerializerOptions!) { Encoder = Encoder });
    }
}

/// <summary>A field has a value that its contract cannot hold; the message is meant for the client.</summary>
internal sealed class ContractException(string message) : JsonException(message)
{
    /// <summary>Another kind of value is wanted.</summary>
    /// <param name="wanted">Which.</param>
    /// <param name="reader">At the value, or at one that stands in it.</param>
    /// <param name="within">Whether it stands in it.</param>
    public static ContractException Wrong(string wanted, ref Utf8JsonReader reader, bool within = false)
        => new($"must be {wanted}, not {(within ? "an array that has " : "")}{JsonExcerpt.Of(JsonElement.ParseValue(ref reader))}");
}
