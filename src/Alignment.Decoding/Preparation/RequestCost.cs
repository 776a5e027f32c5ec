namespace Alignment.Decoding.Preparation;

/// <summary>The most that a request can cost. A body of several prompts is held to what one request may cost.</summary>
/// <param name="ForwardTokens">Rows through the model.</param>
/// <param name="ListedLogProbabilities">Log-probabilities of the prompt's tokens in the answer.</param>
public readonly record struct RequestCost(long ForwardTokens, long ListedLogProbabilities)
{
    /// <summary>Both together.</summary>
    public static RequestCost operator +(RequestCost a, RequestCost b) => Add(a, b);

    /// <summary>Both together.</summary>
    public static RequestCost Add(RequestCost left, RequestCost right) => new(
        left.ForwardTokens + right.ForwardTokens, left.ListedLogProbabilities + right.ListedLogProbabilities);
}
