namespace Alignment.Server.Shutdown;

/// <summary>
/// Refuses requests that come while the server shuts down, and cancels those that are cut short then: behind it
/// <see cref="HttpContext.RequestAborted"/> means that the client has left or that the time is up.
/// </summary>
internal sealed class DrainMiddleware(RequestDelegate next, Drain drain)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!drain.TryEnter(context))
        {
            context.Response.Headers.Connection = "close";
            throw Drain.Refusal;
        }

        CancellationToken client = context.RequestAborted;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(client, drain.Cut);
        context.RequestAborted = either.Token;
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (drain.Cut.IsCancellationRequested && !client.IsCancellationRequested)
        {
            throw Drain.Refusal;
        }
        finally
        {
            context.RequestAborted = client;
            drain.Leave(context);
        }
    }
}
