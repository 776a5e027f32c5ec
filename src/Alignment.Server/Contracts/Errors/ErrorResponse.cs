namespace Alignment.Server.Contracts.Errors;

/// <summary>The body of every answer that is not a success.</summary>
/// <param name="Error">What went wrong.</param>
internal sealed record ErrorResponse(ErrorBody Error);
