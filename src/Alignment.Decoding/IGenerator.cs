using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference;

namespace Alignment.Decoding;

/// <summary>Generation as a server sees it. Implemented by <c>Generator</c> over an engine, and by the scripted double of the server's tests.</summary>
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

    /// <summary>Notes everything that is wrong with a request, in the order of its fields: ranges, lengths, the cost limit.</summary>
    void Validate(GenerationRequest request, ProblemCollection problems, CancellationToken cancellation = default);

    /// <summary>
    /// Generates. There is one path: an answer that is not streamed collects these events. Ending the enumeration early, or cancelling, frees everything
    /// the request holds within one step of the engine.
    /// </summary>
    /// <exception cref="InvalidRequestException">Before the first event, when <see cref="Validate"/> finds problems.</exception>
    IAsyncEnumerable<GenerationEvent> GenerateAsync(GenerationRequest request, CancellationToken cancellation);
}
