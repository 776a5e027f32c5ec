namespace Alignment.Server.Contracts;

/// <summary>The body of every answer that is not a success.</summary>
/// <param name="Error">What went wrong.</param>
internal sealed record ErrorResponse(ErrorBody Error);

/// <summary>What went wrong, in OpenAI's four fields.</summary>
/// <param name="Message">Every problem of the request, joined.</param>
/// <param name="Type">invalid_request_error, authentication_error, rate_limit_error or server_error.</param>
/// <param name="Param">The first field that is wrong.</param>
/// <param name="Code">A word for programs.</param>
internal sealed record ErrorBody(string Message, string Type, string? Param, string? Code);
