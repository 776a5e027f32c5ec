namespace Alignment.Decoding.Methods;

/// <summary>
/// A decoding method: an async program over forkable sequences, on the engine's thread. One folder each, with its settings beside it.
/// </summary>
internal interface IDecodingMethod
{
    /// <summary>Draws candidates and emits the responses.</summary>
    /// <returns>Every candidate, returned or not, and what choosing among them can cost.</returns>
    ValueTask<DecodingResult> DecodeAsync(DecodingContext context);
}
