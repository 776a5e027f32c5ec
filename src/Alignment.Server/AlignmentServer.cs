using Alignment.Hosting;
using Alignment.Hosting.Options;
using Alignment.Server.Answers;
using Alignment.Server.Contracts;
using Alignment.Server.Endpoints;
using Alignment.Server.Errors;
using Alignment.Server.Generation;
using Alignment.Server.Metrics;
using Alignment.Server.Requests;
using Alignment.Server.Security;
using Alignment.Server.Swagger;
using Microsoft.Extensions.Options;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Alignment.Server;

/// <summary>The server as a program: configuration from appsettings.json beside it, the environment and the command line.</summary>
public static class AlignmentServer
{
    private const int WrongConfiguration = 2;
    private const string DefaultUrl = "http://localhost:8080";

    /// <summary>Loads the models, listens, and prints where; returns when the process is told to stop.</summary>
    /// <param name="args">Configuration as <c>--Section:Key=value</c>; <c>--urls</c> says where to listen.</param>
    /// <param name="contentRoot">Where appsettings.json is and what model paths are relative to; null: beside the program.</param>
    /// <returns>The process's exit code: 0 after a signal to stop, 2 when the configuration or a model is wrong.</returns>
    public static async Task<int> RunAsync(string[] args, string? contentRoot = null)
    {
        try
        {
            await using WebApplication app = await BuildAsync(
                args, contentRoot, builder => builder.Services.AddAlignmentAsync(builder.Configuration, builder.Environment.ContentRootPath));
            await app.StartAsync();
            Banner.Print(Console.Out, app);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception fault) when (fault is InvalidConfigurationException or OptionsValidationException or IOException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return WrongConfiguration;
        }
    }

    /// <summary>Builds the server around whatever puts a <see cref="ModelCatalog"/> into the services, and loads it.</summary>
    internal static async Task<WebApplication> BuildAsync(string[] args, string? contentRoot, Func<WebApplicationBuilder, Task> addModels)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = contentRoot ?? AppContext.BaseDirectory });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        await addModels(builder);
        AddServer(builder);
        WebApplication app = builder.Build();

        // Read now: a wrong configuration or a damaged model stops the program before it listens.
        _ = app.Services.GetRequiredService<EngineGauges>();
        _ = app.Services.GetRequiredService<PrometheusExporter>();
        app.UseMiddleware<RequestCounter>();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseMiddleware<ApiKeyMiddleware>();
        app.UseSwagger();
        app.UseSwaggerUI(ui => ui.DocumentTitle = "Alignment");
        app.MapAlignment();
        return app;
    }

    private static void AddServer(WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        services.AddOptions<ServerOptions>().Bind(builder.Configuration.GetSection(ServerOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ServerOptions>, ServerOptionsValidator>();
        ServerOptions options = builder.Configuration.GetSection(ServerOptions.Section).Get<ServerOptions>() ?? new();
        KestrelLimits.Apply(builder, options, DefaultUrl);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = ServerJson.Wire.Options.PropertyNamingPolicy);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ServerMetrics>().AddSingleton<EngineGauges>().AddSingleton<PrometheusExporter>();
        services.AddSingleton<ApiKeys>().AddSingleton<BodyReader>();
        services.AddSingleton<GenerationRunner>().AddSingleton<EventStream>();
        services.AddSingleton<ChatCompletionsEndpoint>().AddSingleton<CompletionsEndpoint>();
        services.AddSingleton<ModelsEndpoint>().AddSingleton<TokensEndpoint>().AddSingleton<StateEndpoint>();
        services.AddEndpointsApiExplorer().AddSwaggerGen();
        services.AddOptions<SwaggerGenOptions>().Configure<ModelCatalog>(SwaggerSetup.Configure);
    }
}
