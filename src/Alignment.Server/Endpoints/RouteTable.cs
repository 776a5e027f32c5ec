using Alignment.Server.Contracts;

namespace Alignment.Server.Endpoints;

/// <summary>Every path there is.</summary>
internal static class RouteTable
{
    private const string Json = "application/json";

    public static void MapAlignment(this WebApplication app)
    {
        IServiceProvider services = app.Services;
        var chats = services.GetRequiredService<ChatCompletionsEndpoint>();
        var completions = services.GetRequiredService<CompletionsEndpoint>();
        var models = services.GetRequiredService<ModelsEndpoint>();
        var tokens = services.GetRequiredService<TokensEndpoint>();
        var feedback = services.GetRequiredService<FeedbackEndpoint>();
        var state = services.GetRequiredService<StateEndpoint>();

        app.MapPost("/v1/chat/completions", (Delegate)chats.HandleAsync).Describe<ChatCompletionRequest, ChatCompletion>(
            "Generation", "Answer a conversation");
        app.MapPost("/v1/completions", (Delegate)completions.HandleAsync).Describe<CompletionRequest, MeteredTextCompletion>(
            "Generation", "Continue a text");
        app.MapPost("/v1/feedback", (Delegate)feedback.HandleAsync)
            .Produces<ErrorResponse>(StatusCodes.Status404NotFound, Json)
            .Produces<ErrorResponse>(StatusCodes.Status503ServiceUnavailable, Json)
            .Describe<FeedbackRequest, FeedbackAnswer>("Feedback", "Say how good an answer was");
        app.MapReading("/v1/models", (Delegate)models.ListAsync).Describe<ModelList>("Models", "Models and profiles");
        app.MapReading("/v1/models/{id}", (Delegate)models.GetAsync).Describe<ModelCard>("Models", "One model or profile");
        app.MapPost("/tokenize", (Delegate)tokens.TokenizeAsync).Describe<TokenizeRequest, TokenizeAnswer>(
            "Tokens", "Text or conversation to token ids");
        app.MapPost("/detokenize", (Delegate)tokens.DetokenizeAsync).Describe<DetokenizeRequest, DetokenizeAnswer>(
            "Tokens", "Token ids to text");
        app.MapReading("/health", (Delegate)state.HealthAsync).Describe<HealthAnswer>("State", "Whether every engine is alive");
        app.MapReading("/metrics", (Delegate)state.MetricsAsync)
            .WithTags("State").WithSummary("Counters in Prometheus' text format").Produces<string>(contentType: "text/plain");
        app.MapReading("/", (HttpContext context) => context.Response.Redirect("/swagger")).ExcludeFromDescription();
    }

    /// <summary>What can be read can be asked for without its body: load balancers probe with HEAD.</summary>
    private static RouteHandlerBuilder MapReading(this WebApplication app, string path, Delegate handler)
        => app.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], handler);

    private static void Describe<TRequest, TAnswer>(this RouteHandlerBuilder route, string tag, string summary)
        where TRequest : notnull
    {
        route.Accepts<TRequest>(Json);
        route.Describe<TAnswer>(tag, summary);
    }

    private static void Describe<TAnswer>(this RouteHandlerBuilder route, string tag, string summary)
        => route.WithTags(tag).WithSummary(summary).Produces<TAnswer>(contentType: Json).Produces<ErrorResponse>(
            StatusCodes.Status400BadRequest, Json);
}
