using Alignment.Server.Contracts.Errors;

namespace Alignment.Server.Errors;

/// <summary>An answer that is not a success.</summary>
internal sealed class ApiException(int status, ErrorBody error, TimeSpan? retryAfter = null) : Exception(error.Message)
{
    public const string InvalidRequest = "invalid_request_error";

    public int Status { get; } = status;

    public ErrorBody Error { get; } = error;

    /// <summary>When to try again, where that can help.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    public static ApiException Unavailable(string message, string code, TimeSpan retryAfter)
        => new(StatusCodes.Status503ServiceUnavailable, new ErrorBody(message, "server_error", null, code), retryAfter);

    public static ApiException Invalid(int status, string message, string? param = null, string? code = null)
        => new(status, new ErrorBody(message, InvalidRequest, param, code));
}
