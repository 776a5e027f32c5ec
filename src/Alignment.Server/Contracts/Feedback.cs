namespace Alignment.Server.Contracts;

/// <summary>
/// Body of POST /v1/feedback: how good an answer of /v1/chat/completions was. At least one of rating, ranking and correction. What is said
/// again replaces what was said before; nothing else of it is stored.
/// </summary>
internal sealed record FeedbackRequest
{
    /// <summary>The <c>id</c> of an answer that this server gave to the same API key.</summary>
    public string? CompletionId { get; init; }

    /// <summary>The choice that rating and correction are about; needed where the answer has several.</summary>
    public int? Index { get; init; }

    /// <summary>Thumbs: <c>up</c> or <c>down</c>. Becomes an <c>unpaired</c> row of training data.</summary>
    public string? Rating { get; init; }

    /// <summary>Choices by index, the best first, two or more; those left out are not compared. Becomes <c>preference</c> rows.</summary>
    public IReadOnlyList<int>? Ranking { get; init; }

    /// <summary>What the choice should have said. Becomes a <c>preference</c> row: this chosen, the choice rejected.</summary>
    public string? Correction { get; init; }
}

/// <summary>Answer of POST /v1/feedback: it is on the disk.</summary>
/// <param name="CompletionId">The answer that was judged.</param>
/// <param name="Created">Unix time in seconds.</param>
internal sealed record FeedbackAnswer(string CompletionId, long Created)
{
    /// <summary>The kind of object.</summary>
    public string Object { get; } = "feedback";
}
