namespace Alignment.Server.Answers;

/// <summary>What every chunk of an answer repeats.</summary>
/// <param name="Id">Unique.</param>
/// <param name="Created">Unix time in seconds.</param>
/// <param name="Model">The name that the request gave.</param>
internal sealed record AnswerHeader(string Id, long Created, string Model)
{
    public static AnswerHeader Create(string prefix, string model, TimeProvider time)
        => new($"{prefix}-{Guid.NewGuid():N}", time.GetUtcNow().ToUnixTimeSeconds(), model);
}
