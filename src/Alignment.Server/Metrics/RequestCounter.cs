namespace Alignment.Server.Metrics;

/// <summary>Counts requests by endpoint and status.</summary>
internal sealed class RequestCounter(RequestDelegate next, ServerMetrics metrics)
{
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);

        // The route's pattern, never the path: paths come from clients and have no bound.
        string endpoint = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "other";
        metrics.CountRequest(endpoint, context.Response.StatusCode);
    }
}
