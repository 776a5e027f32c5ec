namespace Alignment.Inference;

/// <summary>
/// The next token's scores are not finite: numbers of the model or of a guide overflow. No request can help it; whoever serves them can.
/// </summary>
/// <param name="guides">Names of the guides that were in use.</param>
public sealed class ScoreOverflowException(IEnumerable<string> guides) : MethodFaultException(
    $"The next token's scores are not finite: the model or its guidance ({string.Join(", ", guides.DefaultIfEmpty("none"))}) overflows.");
