namespace Alignment.Decoding;

/// <summary>One thing that is wrong with a request.</summary>
/// <param name="Path">The field as the client wrote it: <c>temperature</c>, <c>alignment.guidance[0].source</c>.</param>
/// <param name="Message">What is wrong, and what would be right.</param>
public sealed record RequestProblem(string Path, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Message}";
}
