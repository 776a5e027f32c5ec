using System.Net;
using System.Net.Sockets;
using Alignment.Tests;

namespace Alignment.Server.Tests;

/// <summary>What the process says and does at start: help, or one clear line a problem and exit code 2, or a banner.</summary>
public sealed class StartTests : IDisposable
{
    private const string Loopback = "http://127.0.0.1:0";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Help_lists_every_key_and_ends_well()
    {
        await using ServerProcess server = ServerProcess.Start("--help");
        Assert.Equal(0, await server.ExitAsync());
        Assert.All(
            ["Usage:", "--urls", "Server:ApiKeys:N", "Alignment:Engine:Pages", "(default 0.5)"],
            text => Assert.Contains(text, server.Output, StringComparison.Ordinal));
    }

    [Fact]
    public Task All_that_is_wrong_is_listed_at_once_and_no_key_is_shown() => RefusedAsync(
        new() { ["Server__ApiKeys__0"] = "s3cr3t", ["Sever__MaxPrompts"] = "1" },
        ["--urls", "foo", "--Server:ApiKey", "s3cr3t", "--Alignment:Polcy:x=1", "--nonsense=1"],
        "environment variable Sever__MaxPrompts", "--nonsense", "urls: 'foo'", "Server:ApiKey: unknown", "Alignment:Polcy");

    [Theory]
    [InlineData("http://*:0")]
    [InlineData("http://+:0")]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://a-name:0")]
    [InlineData("http://127.0.0.1:0;http://0.0.0.0:0")]
    public Task Without_a_key_only_this_machine_is_served(string url) => RefusedAsync([], ["--urls", url], "Server__ApiKeys__0=KEY");

    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://*:0")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "0")]
    [InlineData("HTTP_PORTS", "0")]
    [InlineData("Kestrel__Endpoints__a__Url", "http://*:0")]
    public Task The_environment_does_not_open_it_either(string name, string value)
        => RefusedAsync(new() { [name] = value }, [], "Server:AllowAnonymous=true");

    /// <summary>What the images of ASP.NET Core have in the environment is none of our settings, and no mistake.</summary>
    [Fact]
    public async Task The_container_asks_for_a_key()
    {
        Dictionary<string, string> environment = new()
        {
            ["ASPNETCORE_HTTP_PORTS"] = "0",
            ["ASPNET_VERSION"] = "10.0.0",
            ["DOTNET_VERSION"] = "10.0.0",
            ["DOTNET_RUNNING_IN_CONTAINER"] = "true",
            ["APP_UID"] = "1654",
        };
        await RefusedAsync(environment, [], "Server__ApiKeys__0=KEY");
        environment["Server__ApiKeys__0"] = "sesame";
        await using ServerProcess server = ServerProcess.Start(environment);
        string url = (await server.Url).Replace("[::]", "localhost", StringComparison.Ordinal);
        using HttpClient client = new();
        Assert.Contains("\"ok\"", await client.GetStringAsync($"{url}/health"), StringComparison.Ordinal);
        server.Terminate();
        Assert.Equal(0, await server.ExitAsync());
        Assert.DoesNotContain("warn", server.Output, StringComparison.Ordinal);
        Assert.Contains("Key        asked for (1 configured)", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", server.Output + server.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everybody_is_served_where_the_operator_says_so()
    {
        await using ServerProcess server = ServerProcess.Start("--urls", "http://0.0.0.0:0", "--Server:AllowAnonymous", "true");
        Assert.NotEmpty(await server.Url);
        server.Terminate();
        Assert.Equal(0, await server.ExitAsync());
        Assert.Contains("Key        none", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_busy_port_is_named()
    {
        using TcpListener busy = new(IPAddress.Loopback, 0);
        busy.Start();
        string url = $"http://{busy.LocalEndpoint}";
        await RefusedAsync([], ["--urls", url], url);
    }

    [Theory]
    [InlineData("--urls=http://127.0.0.1:99999", "urls")]
    [InlineData("--urls=https://127.0.0.1:0", "certificate")]
    [InlineData("--urls=http://127.0.0.1:0/path", "path")]
    [InlineData("--urls=http://192.0.2.1:0", "http://192.0.2.1:0")]
    [InlineData("--Server:MaxHeaderBytes=99999999999", "Server:MaxHeaderBytes")]
    [InlineData("--contentRoot=/no/such/folder", "/no/such/folder")]
    [InlineData("--Logging:LogLevel:Default=Nonsense", "Nonsense")]
    [InlineData("--Kestrel:Endpoints:front:Urll=http://127.0.0.1:0", "front")]
    public Task What_cannot_be_had_is_named(string argument, string named)
        => RefusedAsync(new() { ["Server__ApiKeys"] = "s3cr3t" }, [argument], named);

    [Theory]
    [InlineData("Alignment__Engine__Pages", "134217727", "Alignment:Engine")]
    [InlineData("ALIGNMENT_THREADS", "0", "ALIGNMENT_THREADS")]
    [InlineData("ALIGNMENT_SIMD", "1024", "ALIGNMENT_SIMD")]
    [InlineData("Alignment__Models__0__Path", "/no/such/model", "/no/such/model")]
    [InlineData("Alignment__Profiles__helpful__Alignment__guidance__0__weight", "NaN", "Profiles:helpful")]
    public Task A_model_that_cannot_be_run_is_named(string name, string value, string named)
        => RefusedAsync(new() { [name] = value }, ["--urls", Loopback], named);

    [Theory]
    [InlineData("{", "appsettings.json: JSON: it ends too early (line 1, byte 2)")]
    [InlineData("{\n  \"Server\": {\"MaxPrompts\": 1;}}", "appsettings.json: JSON: ';' is not expected (line 2, byte 29)")]
    [InlineData("""{"Server": {"MaxPrompts": 1, "maxprompts": 2}}""")]
    [InlineData("[]")]
    [InlineData("""{"Sever": {"ApiKeys": ["s3cr3t"]}}""")]
    public Task A_file_that_is_malformed_is_named(string json, string named = "appsettings.json")
    {
        File.WriteAllText(_folder.File("appsettings.json"), json);
        return RefusedAsync([], ["--urls", Loopback, "--contentRoot", _folder.Path, "--Alignment:Models:0:Path=x"], named);
    }

    [Fact]
    public async Task A_file_that_is_a_folder_or_no_text_is_named()
    {
        string[] arguments = ["--urls", Loopback, "--contentRoot", _folder.Path, "--Alignment:Models:0:Path=x"];
        Directory.CreateDirectory(_folder.File("appsettings.json"));
        await RefusedAsync([], arguments, "appsettings.json: is a folder");
        Directory.Delete(_folder.File("appsettings.json"));
        File.WriteAllBytes(_folder.File("appsettings.json"), [.. "{\"AllowedHosts\": \""u8, 0xff, .. "\"}"u8]);
        await RefusedAsync([], arguments, "appsettings.json: is not UTF-8");
        File.Delete(_folder.File("appsettings.json"));
        File.CreateSymbolicLink(_folder.File("appsettings.json"), _folder.File("nowhere"));
        await RefusedAsync([], arguments, "appsettings.json");
    }

    [Theory]
    [InlineData("ALIGNMENT_API_KEY", "Server__ApiKeys")]
    [InlineData("Logging__LogLvel__Default", "Logging:LogLvel")]
    public Task What_nothing_would_read_is_named(string name, string named)
        => RefusedAsync(new() { [name] = "s3cr3t" }, ["--urls", Loopback], named);

    /// <summary>One line for each name, and nothing else.</summary>
    private static async Task RefusedAsync(Dictionary<string, string> environment, string[] arguments, params string[] named)
    {
        await using ServerProcess server = ServerProcess.Start(environment, arguments);
        int code = await server.ExitAsync();
        string[] lines = server.Error.TrimEnd().Split('\n');
        Assert.True(code == 2 && lines.Length == named.Length && server.Output.Length == 0, $"{code}: {server.Output}{server.Error}");
        Assert.All(named, name => Assert.Contains(lines, line => line.Contains(name, StringComparison.Ordinal)));
        Assert.DoesNotContain("s3cr3t", server.Error, StringComparison.Ordinal);
    }
}
