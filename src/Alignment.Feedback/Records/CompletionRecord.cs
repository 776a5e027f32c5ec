namespace Alignment.Feedback.Records;

/// <summary>An answer that a server gave: what of it a training row is made of, and whose it is.</summary>
public sealed record CompletionRecord
{
    /// <summary>As the answer had it.</summary>
    public required string Id { get; init; }

    /// <summary>Who asked: <see cref="Tenants"/>. Nobody else can judge it.</summary>
    public required string Tenant { get; init; }

    /// <summary>The name that was asked for: a model, or a model under a profile (<c>model:profile</c>).</summary>
    public required string Model { get; init; }

    /// <summary>Fingerprint of guidance, search and sampling as they were in force, with floors and profile and without the seed.</summary>
    public required string Settings { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The conversation up to the answer.</summary>
    public required IReadOnlyList<MessageRecord> Messages { get; init; }

    /// <summary>The answers, by index.</summary>
    public required IReadOnlyList<string> Choices { get; init; }

    /// <summary>UTF-16 code units of all its texts.</summary>
    public long Length => Messages.Sum(message => (long)message.Content.Length) + Choices.Sum(choice => (long)choice.Length);
}

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">system, user or assistant.</param>
/// <param name="Content">What was said.</param>
public sealed record MessageRecord(string Role, string Content);
