using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Alignment.Hosting;
using Alignment.Hosting.Options;
using Alignment.Server.Configuration;
using Alignment.Server.Tests.Doubles;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Alignment.Server.Tests;

/// <summary>The server on a free port of this machine, over real sockets, and a client of it.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningServer(WebApplication app, CollectedLog log)
    {
        (_app, Log) = (app, log);
        Url = app.Urls.First();
        // Without draining: an answer that is given up closes its connection.
        Client = new HttpClient(new SocketsHttpHandler { MaxResponseDrainSize = 0 }) { BaseAddress = new Uri(Url) };
    }

    public string Url { get; }

    public HttpClient Client { get; }

    public CollectedLog Log { get; }

    public ModelCatalog Catalog => _app.Services.GetRequiredService<ModelCatalog>();

    /// <summary>Over what the configuration names, as in production.</summary>
    public static Task<RunningServer> StartAsync(params string[] configuration) =>
        StartAsync(configuration, (builder, _, problems) =>
        {
            AlignmentOptions options = AlignmentOptionsReader.Read(builder.Configuration, problems);
            InvalidConfigurationException.ThrowIfAny(problems);
            return builder.Services.AddAlignmentAsync(options, builder.Environment.ContentRootPath);
        });

    /// <summary>Over a double.</summary>
    public static Task<RunningServer> StartAsync(ScriptedGenerator generator, params string[] configuration)
        => StartAsync(generator.AsCatalog(), configuration);

    /// <summary>Over models of the test's own.</summary>
    public static Task<RunningServer> StartAsync(ModelCatalog catalog, params string[] configuration) => StartAsync(
        configuration,
        (builder, _, problems) =>
        {
            InvalidConfigurationException.ThrowIfAny(problems);
            builder.Services.AddSingleton(catalog);
            return Task.CompletedTask;
        });

    public async Task<JsonNode> GetAsync(string path) => (await Client.GetFromJsonAsync<JsonNode>(path))!;

    /// <summary>Posts a JSON text; the answer must be a success.</summary>
    public async Task<JsonNode> PostAsync(string path, string body)
    {
        using HttpResponseMessage response = await SendAsync(path, body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    /// <summary>The data of every server-sent event.</summary>
    public async Task<List<string>> StreamAsync(string path, string body)
    {
        using HttpResponseMessage response = await SendAsync(path, body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.Content.Headers.ContentType?.MediaType == "text/event-stream", text);
        return
        [
            .. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith(':')).Select(
                line => line["data: ".Length..]),
        ];
    }

    public Task<HttpResponseMessage> SendAsync(string path, string body) =>
        Client.PostAsync(path, new StringContent(body, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")));

    /// <summary>As a signal to stop does.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static async Task<RunningServer> StartAsync(
        string[] configuration, Func<WebApplicationBuilder, ServerOptions, List<string>, Task> addModels)
    {
        var log = new CollectedLog();
        WebApplication app = await AlignmentServer.BuildAsync(
            ["--urls", "http://127.0.0.1:0", .. configuration],
            readsFiles: false,
            (builder, options, problems) =>
            {
                builder.Logging.ClearProviders().AddProvider(log);
                return addModels(builder, options, problems);
            });
        await app.StartAsync();
        return new RunningServer(app, log);
    }
}
