using Alignment.Decoding.Preparation;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference;

namespace Alignment.Decoding;

/// <summary>
/// Generation as a server sees it. Implemented by <c>Generator</c> over an engine, and by the scripted double of the server's tests.
/// </summary>
public interface IGenerator
{
    /// <summary>False after the engine has stopped.</summary>
    bool Healthy { get; }

    /// <summary>Counters and gauges of the engine.</summary>
    EngineStatistics Statistics { get; }

    /// <summary>The token ids that a prompt becomes.</summary>
    /// <exception cref="InvalidRequestException">The chat template refuses the conversation, or a token does not exist.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for them any more.</exception>
    IReadOnlyList<int> Encode(Prompt prompt, CancellationToken cancellation = default);

    /// <summary>The text of token ids, control tokens included.</summary>
    /// <exception cref="InvalidRequestException">A token does not exist.</exception>
    string Decode(IReadOnlyList<int> tokens);

    /// <summary>
    /// Renders and encodes all texts of a request and notes everything that is wrong with it, in the order of its fields: ranges, lengths,
    /// the cost limit. On the caller's thread, which is none of the engine's.
    /// </summary>
    /// <returns>What <see cref="GenerateAsync"/> takes; null where anything is wrong, or was already.</returns>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    PreparedRequest? Prepare(GenerationRequest request, ProblemCollection problems, CancellationToken cancellation = default);

    /// <summary>
    /// Generates. There is one path: an answer that is not streamed collects these events. Ending the enumeration early, or cancelling,
    /// frees everything the request holds within one step of the engine.
    /// </summary>
    /// <param name="prepared">From <see cref="Prepare"/> of this generator; it can be generated several times.</param>
    /// <param name="cancellation">The client left.</param>
    IAsyncEnumerable<GenerationEvent> GenerateAsync(PreparedRequest prepared, CancellationToken cancellation);
}

/// <summary>For whoever has one request and nothing to say about its problems.</summary>
public static class GeneratorExtensions
{
    /// <summary>Prepares a request and generates.</summary>
    /// <exception cref="InvalidRequestException">There are problems.</exception>
    public static IAsyncEnumerable<GenerationEvent> GenerateAsync(
        this IGenerator generator, GenerationRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(generator);
        ProblemCollection problems = [];
        PreparedRequest? prepared = generator.Prepare(request, problems, cancellation);
        InvalidRequestException.ThrowIfAny(problems);
        return generator.GenerateAsync(prepared!, cancellation);
    }
}
