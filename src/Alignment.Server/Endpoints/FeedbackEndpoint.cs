using Alignment.Decoding.Problems;
using Alignment.Feedback;
using Alignment.Feedback.Records;
using Alignment.Feedback.Storage;
using Alignment.Server.Contracts;
using Alignment.Server.Errors;
using Alignment.Server.Feedback;
using Alignment.Server.Requests;
using Alignment.Server.Security;

namespace Alignment.Server.Endpoints;

/// <summary>POST /v1/feedback.</summary>
internal sealed class FeedbackEndpoint(FeedbackService service, BodyReader reader, TimeProvider time)
{
    private const int MaxShown = 100;

    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(5);

    public async Task HandleAsync(HttpContext context)
    {
        FeedbackStore store = service.Store ?? throw ApiException.Invalid(
            StatusCodes.Status404NotFound, "This server remembers no answers: the operator has not set Server:Feedback:Database.", null,
            "feedback_off");
        var problems = new ProblemCollection();
        FeedbackRequest body = await reader.ReadAsync(context.Request, ServerJson.Wire.FeedbackRequest, problems);
        FeedbackRecord feedback = FeedbackBinder.Bind(body, ApiKeyMiddleware.Tenant(context), time.GetUtcNow(), problems);
        InvalidRequestException.ThrowIfAny(problems);
        Check(await AddAsync(store, feedback), feedback, problems);
        await context.Response.WriteAsJsonAsync(
            new FeedbackAnswer(feedback.CompletionId, feedback.Created.ToUnixTimeSeconds()), ServerJson.Wire.FeedbackAnswer);
    }

    private static async Task<FeedbackOutcome> AddAsync(FeedbackStore store, FeedbackRecord feedback)
    {
        try
        {
            return await store.AddAsync(feedback);
        }
        catch (FeedbackUnavailableException fault)
        {
            // It is in the log already. A lock and a queue go away by themselves, damage does not.
            throw new ApiException(
                StatusCodes.Status503ServiceUnavailable,
                new ErrorBody(fault.Message, "server_error", null, $"feedback_database_{fault.Fault}".ToLowerInvariant()),
                fault.Fault is FeedbackFault.Locked or FeedbackFault.Busy ? s_soon : null);
        }
    }

    /// <summary>Somebody else's answer is answered as one that there never was.</summary>
    private static void Check(FeedbackOutcome outcome, FeedbackRecord feedback, ProblemCollection problems)
    {
        if (!outcome.IsKnown)
        {
            throw ApiException.Invalid(
                StatusCodes.Status404NotFound,
                $"There is no completion '{Excerpt.Of(feedback.CompletionId, MaxShown)}' of yours that can be judged: "
                + "only chat completions can, and for a limited time.",
                "completion_id",
                "completion_not_found");
        }

        foreach (FeedbackProblem problem in outcome.Problems)
        {
            problems.Add(new RequestProblem(problem.Field, problem.Message));
        }

        InvalidRequestException.ThrowIfAny(problems);
    }
}
