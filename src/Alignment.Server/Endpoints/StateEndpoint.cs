using Alignment.Hosting;
using Alignment.Server.Contracts;
using Alignment.Server.Metrics;

namespace Alignment.Server.Endpoints;

/// <summary>GET /health and /metrics.</summary>
internal sealed class StateEndpoint(ModelCatalog catalog, PrometheusExporter exporter)
{
    /// <summary>200 only when every engine's loop is alive; models are loaded before the server listens.</summary>
    public Task HealthAsync(HttpContext context)
    {
        bool healthy = catalog.Models.All(m => m.Generator.Healthy);
        context.Response.StatusCode = healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        var answer = new HealthAnswer(healthy ? "ok" : "failed", [.. catalog.Models.Where(m => m.Generator.Healthy).Select(m => m.Id)]);
        return context.Response.WriteAsJsonAsync(answer, ServerJson.Wire.HealthAnswer);
    }

    public Task MetricsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return context.Response.WriteAsync(exporter.Write());
    }
}
