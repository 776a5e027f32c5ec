using Alignment.Hosting;
using Alignment.Hosting.Options;
using Alignment.Server.Answers;
using Alignment.Server.Configuration;
using Alignment.Server.Contracts;
using Alignment.Server.Endpoints;
using Alignment.Server.Errors;
using Alignment.Server.Feedback;
using Alignment.Server.Generation;
using Alignment.Server.Listening;
using Alignment.Server.Metrics;
using Alignment.Server.Requests;
using Alignment.Server.Security;
using Alignment.Server.Shutdown;
using Alignment.Server.Swagger;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Alignment.Server;

/// <summary>The server as a program: configuration from appsettings.json beside it, the environment and the command line.</summary>
public static class AlignmentServer
{
    private const int WrongConfiguration = 2;

    /// <summary>Loads the models, listens, and prints where; returns when the process is told to stop.</summary>
    /// <param name="args">Configuration as <c>--Section:Key=value</c>; <c>--urls</c> says where to listen.</param>
    /// <param name="readsFiles">Whether appsettings.json counts; not where the arguments say which model to serve.</param>
    /// <returns>The process's exit code: 0 after help or a signal to stop, 2 when the configuration or a model is wrong.</returns>
    public static async Task<int> RunAsync(string[] args, bool readsFiles = true)
    {
        if (ServerHelp.Find(args) is { } help)
        {
            await Console.Out.WriteLineAsync(help);
            return 0;
        }

        try
        {
            await using WebApplication app = await BuildAsync(args, readsFiles, async (builder, server, problems) =>
            {
                AlignmentOptions options = AlignmentOptionsReader.Read(builder.Configuration, problems);
                InvalidConfigurationException.ThrowIfAny(problems);
                await Listener.RehearseAsync(ConfigurationSources.CreateBuilder(args, readsFiles), server);
                await builder.Services.AddAlignmentAsync(options, builder.Environment.ContentRootPath);
            });
            await ServeAsync(app);
            return 0;
        }
        catch (Exception fault) when (fault is InvalidConfigurationException or IOException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return WrongConfiguration;
        }
    }

    /// <summary>Builds the server around whatever puts a <see cref="ModelCatalog"/> into the services, and loads it.</summary>
    /// <param name="args">As for <see cref="RunAsync"/>.</param>
    /// <param name="readsFiles">As for <see cref="RunAsync"/>.</param>
    /// <param name="addModels">Is given what is wrong so far, and throws it with what it finds itself.</param>
    internal static async Task<WebApplication> BuildAsync(
        string[] args, bool readsFiles, Func<WebApplicationBuilder, ServerOptions, List<string>, Task> addModels)
    {
        WebApplicationBuilder builder = ConfigurationSources.CreateBuilder(args, readsFiles);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        List<string> problems = [];
        ConfigurationSources.Check(args, builder.Configuration, [.. Environment.GetEnvironmentVariables().Keys.Cast<string>()], problems);
        Addresses.Check(builder.Configuration, problems);
        ServerOptions options = ServerOptionsReader.Read(builder.Configuration, problems);
        await addModels(builder, options, problems);
        AddServer(builder, options);
        WebApplication app = builder.Build();

        // Read now: a wrong configuration or a damaged model stops the program before it listens.
        _ = app.Services.GetRequiredService<EngineGauges>();
        _ = app.Services.GetRequiredService<FeedbackGauges>();
        _ = app.Services.GetRequiredService<PrometheusExporter>();
        app.UseMiddleware<RequestCounter>();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseOrigins(options);
        app.UseMiddleware<DrainMiddleware>();
        app.UseMiddleware<ApiKeyMiddleware>();
        app.UseSwagger();
        app.UseSwaggerUI(ui => ui.DocumentTitle = "Alignment");
        app.MapAlignment();
        return app;
    }

    /// <summary>Listens until the process is told to stop, which may be before it does.</summary>
    /// <exception cref="InvalidConfigurationException">The port is taken, or the address is not to be had.</exception>
    internal static async Task ServeAsync(WebApplication app)
    {
        try
        {
            await Listener.StartAsync(app);
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return;
        }

        Banner.Print(Console.Out, app);
        using var second = new SecondSignal(app.Services.GetRequiredService<Drain>());
        await app.WaitForShutdownAsync();
    }

    private static void AddServer(WebApplicationBuilder builder, ServerOptions options)
    {
        IServiceCollection services = builder.Services;
        services.AddSingleton(Options.Create(options));
        Listener.Apply(builder, options);
        RejectedRequests.Add(builder);
        services.AddSingleton<Drain>().AddHostedService(container => container.GetRequiredService<Drain>());
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout + (2 * Drain.Grace));
        services.ConfigureHttpJsonOptions(DescribeJson);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ServerMetrics>().AddSingleton<EngineGauges>().AddSingleton<PrometheusExporter>();
        services.AddSingleton<ApiKeys>().AddSingleton<BodyReader>();
        services.AddSingleton<FeedbackService>().AddSingleton<CompletionRecorder>().AddSingleton<FeedbackGauges>();
        services.AddSingleton<GenerationRunner>().AddSingleton<EventStream>();
        services.AddSingleton<ChatCompletionsEndpoint>().AddSingleton<CompletionsEndpoint>();
        services.AddSingleton<ModelsEndpoint>().AddSingleton<TokensEndpoint>().AddSingleton<StateEndpoint>();
        services.AddSingleton<FeedbackEndpoint>();
        services.AddCors().AddHostedService<IdleCollector>();
        services.AddEndpointsApiExplorer().AddSwaggerGen();
        services.AddOptions<SwaggerGenOptions>().Configure<ModelCatalog>(SwaggerSetup.Configure);
    }

    /// <summary>What the documentation is made by; whatever is sent and read says itself how.</summary>
    private static void DescribeJson(JsonOptions json)
    {
        json.SerializerOptions.PropertyNamingPolicy = ServerJson.Wire.Options.PropertyNamingPolicy;
        json.SerializerOptions.Converters.Add(new FinishReasonConverter());
    }
}
