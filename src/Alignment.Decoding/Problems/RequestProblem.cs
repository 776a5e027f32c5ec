namespace Alignment.Decoding.Problems;

/// <summary>One thing that is wrong with a request.</summary>
/// <param name="Path">The field as the client wrote it: <c>temperature</c>, <c>alignment.guidance[0].source</c>.</param>
/// <param name="Message">What is wrong, and what would be right.</param>
/// <param name="Code">OpenAI's word for it where there is one, such as <see cref="ContextLength"/>.</param>
public sealed record RequestProblem(string Path, string Message, string? Code = null)
{
    /// <summary>Prompt and response together do not fit the model's context; the message has both numbers.</summary>
    public const string ContextLength = "context_length_exceeded";

    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Message}";
}
