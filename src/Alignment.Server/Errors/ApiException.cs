using Alignment.Decoding.Problems;
using Alignment.Server.Contracts;

namespace Alignment.Server.Errors;

/// <summary>An answer that is not a success. Its body has at most <see cref="MaxBytes"/>, whatever the request had.</summary>
internal sealed class ApiException(int status, ErrorBody error, TimeSpan? retryAfter = null) : Exception(error.Message)
{
    public const string InvalidRequest = "invalid_request_error";

    public const int MaxBytes = 4096;

    // Together, and every character escaped as six bytes, below the most.
    private const int MaxMessage = 400;
    private const int MaxParam = 100;

    public int Status { get; } = status;

    public ErrorBody Error { get; } = Fit(error);

    /// <summary>When to try again, where that can help.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    public static ApiException Unavailable(string message, string code, TimeSpan retryAfter)
        => new(StatusCodes.Status503ServiceUnavailable, new ErrorBody(message, "server_error", null, code), retryAfter);

    public static ApiException Invalid(int status, string message, string? param = null, string? code = null)
        => new(status, new ErrorBody(message, InvalidRequest, param, code));

    /// <summary>A request's problems fit as they are collected; what else a message quotes is cut here if it was not before.</summary>
    private static ErrorBody Fit(ErrorBody error)
        => ErrorAnswer.Serialize(error).Length <= MaxBytes
            ? error
            : error with { Message = Excerpt.Of(error.Message, MaxMessage), Param = Excerpt.Of(error.Param ?? "", MaxParam) };
}
