using Alignment.Decoding.Problems;
using Alignment.Inference;
using Alignment.Server.Contracts;

namespace Alignment.Server.Errors;

/// <summary>What each fault looks like to a client. Faults of ours show nothing but the request's id, which the log repeats.</summary>
internal static class ErrorMapping
{
    private static readonly TimeSpan s_restart = TimeSpan.FromSeconds(10);

    /// <param name="fault">What was thrown.</param>
    /// <param name="requestId">As in the header x-request-id.</param>
    public static ApiException Map(Exception fault, string requestId) => fault switch
    {
        ApiException known => known,
        InvalidRequestException invalid => Invalid(invalid.Problems),
        BadHttpRequestException bad => ApiException.Invalid(bad.StatusCode, OfBody(bad.StatusCode)),
        ScoreOverflowException overflow => new(
            StatusCodes.Status500InternalServerError, new ErrorBody(overflow.Message, "server_error", null, "score_overflow")),
        MethodFaultException impossible => ApiException.Invalid(StatusCodes.Status400BadRequest, impossible.Message),
        EngineOverloadedException full => new(
            StatusCodes.Status429TooManyRequests, new ErrorBody(
                full.Message, "rate_limit_error", null, $"{full.What}_full"), full.RetryAfter),
        EngineStoppedException => ApiException.Unavailable("The model is not available.", "engine_stopped", s_restart),
        _ => new(
            StatusCodes.Status500InternalServerError, new ErrorBody(
                $"Something went wrong here; the log has it under {requestId}.", "server_error", null, null)),
    };

    /// <summary>What is wrong with a body that does not arrive; the host's own sentences name its settings.</summary>
    private static string OfBody(int status) => status switch
    {
        StatusCodes.Status408RequestTimeout => "The body did not arrive in time.",
        StatusCodes.Status413PayloadTooLarge => "The body is larger than the server allows.",
        _ => "The body ends too early, or a chunk of it is not well-formed HTTP/1.1.",
    };

    private static ApiException Invalid(ProblemCollection problems) => ApiException.Invalid(
        StatusCodes.Status400BadRequest, problems.ToString(), problems.First.Path, problems.Select(p => p.Code).FirstOrDefault(
            code => code is not null));
}
