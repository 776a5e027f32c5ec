using Alignment.Server.Configuration;
using Alignment.Server.Listening;
using Alignment.Tests;
using Microsoft.Extensions.Configuration;

namespace Alignment.Server.Tests.Configuration;

/// <summary>What is written in a place where nothing would read it is refused by name; a secret is never shown.</summary>
public sealed class ConfigurationSourcesTests
{
    private const string Secret = "s3cr3t";

    [Theory]
    [InlineData("--Alignmnt:Models:0:Path x", "--Alignmnt:Models: unknown; did you mean 'Alignment'?")]
    [InlineData("--url http://127.0.0.1:0", "--url: unknown; did you mean 'urls'?")]
    [InlineData("--verbose=1", "--verbose: unknown; what exists: Server, Alignment, Logging, AllowedHosts, Kestrel, urls")]
    [InlineData("stray", "argument 1: is no option")]
    [InlineData("-x=1", "argument 1: is no option")]
    [InlineData("Server:MaxPrompts=1", "argument 1: is no option")]
    [InlineData("--Server=s3cr3t", "--Server: is a section of keys, not a value")]
    [InlineData("--Server:AllowAnonymous", "--Server:AllowAnonymous: has no value (argument 1)")]
    [InlineData("--bogus", "--bogus: unknown; what exists: Server, Alignment, Logging")]
    [InlineData("--Server:AllowAnonymous --urls http://127.0.0.1:0", "--Server:AllowAnonymous: has no value (argument 1)")]
    [InlineData("--Server:MaxPrompts 1 --server:maxprompts=2", "--server:maxprompts: is given twice (argument 3)")]
    public void Of_arguments(string arguments, string problem)
        => Assert.StartsWith(problem, Assert.Single(Check(arguments: arguments.Split(' '))), StringComparison.Ordinal);

    [Fact]
    public void Known_arguments_are_none() => Assert.Empty(Check(arguments:
    [
        "--urls", "http://127.0.0.1:0", "--environment=Test", "--contentRoot", "/", "--Logging:LogLevel:Default=Debug", "--AllowedHosts=*",
        "--Kestrel:Endpoints:a:Url=http://127.0.0.1:0", "--Server:MaxPrompts", "-1", "--Alignment:Models:0:Path=a=b",
    ]));

    [Theory]
    [InlineData("Sever__ApiKeys", "did you mean Server__?")]
    [InlineData("ASPNETCORE_Alignemnt__Device", "did you mean Alignment__?")]
    [InlineData("SERVER_API_KEY", "did you mean Server__ApiKeys?")]
    [InlineData("Server_ApiKeys", "did you mean Server__ApiKeys?")]
    [InlineData("ALIGNMENT_DEVICE", "did you mean Alignment__Device?")]
    [InlineData("ALIGNMENT_THREDS", "did you mean ALIGNMENT_THREADS?")]
    [InlineData("ALIGNMENT_API_KEY", "did you mean Server__ApiKeys?")]
    [InlineData("ALIGNMENT_APIKEYSFILE", "did you mean Server__ApiKeysFile?")]
    [InlineData("alignment_allow_anonymous", "did you mean Server__AllowAnonymous?")]
    [InlineData("Loging__LogLevel__Default", "did you mean Logging__?")]
    public void Of_the_environment(string name, string problem)
        => Assert.Equal($"environment variable {name}: is not read; {problem}", Assert.Single(Check(environment: [name, "PATH"])));

    [Theory]
    [InlineData("ALIGNMENT_KEY")]
    [InlineData("ALIGNMENT_PORT_OPEN")]
    public void What_begins_with_our_name_is_refused_though_nothing_is_like_it(string name) => Assert.StartsWith(
        $"environment variable {name}: is not read; what exists: ALIGNMENT_THREADS",
        Assert.Single(Check(environment: [name])),
        StringComparison.Ordinal);

    [Fact]
    public void Variables_of_other_programs_are_none() => Assert.Empty(Check(environment:
    [
        "PATH", "HOME", "SERVER", "Server", "SERVER_NAME", "SERVER_PORT", "SERVICE__KEY", "ASPNETCORE_URLS", "DOTNET_ENVIRONMENT",
        "Logging__LogLevel__Default", "Kestrel__Endpoints__a__Url", "Server__ApiKeys__0", "ALIGNMENT_THREADS", "ALIGNMENT_CUDA_MATMUL",
        "ALIGNMENT_TEST_CUDA", "USERS__X", "ALIGNMENT_SERVICE_HOST", "ALIGNMENT_SERVICE_PORT_HTTP", "ALIGNMENT_PORT",
        "ALIGNMENT_PORT_8080_TCP", "ALIGNMENT_PORT_8080_TCP_ADDR",
    ]));

    [Fact]
    public void One_setting_in_two_spellings() => Assert.Equal(
        "environment variables SERVER__APIKEYS, Server__ApiKeys: are the same setting; keep one of them",
        Assert.Single(Check(environment: ["SERVER__APIKEYS", "Server__ApiKeys"])));

    [Theory]
    [InlineData("""{"Sever": {"ApiKeys": ["s3cr3t"]}}""", "Sever: unknown; did you mean 'Server'?")]
    [InlineData("""{"ApiKeys": ["s3cr3t"]}""", "ApiKeys: unknown; what exists: Server, Alignment")]
    [InlineData("""{"Server": "s3cr3t"}""", "Server: is a section of keys, not a value")]
    [InlineData("""{"Kestrel": {"Endponts": {"a": "x"}}}""", "Kestrel:Endponts: unknown; did you mean 'Endpoints'?")]
    [InlineData("""{"Logging": {"LogLevel": {"Default": "Off"}}}""", "Logging:LogLevel:Default: 'Off' is none of Trace, Debug")]
    [InlineData("""{"Logging": {"LogLvel": {"Default": "Debug"}}}""", "Logging:LogLvel: unknown; did you mean 'LogLevel'?")]
    [InlineData(
        """{"Logging": {"Console": {"FormaterName": "json"}}}""", "Logging:Console:FormaterName: unknown; did you mean 'FormatterName'?")]
    [InlineData("""{"Logging": {"Consol": {"FormatterName": "json"}}}""", "Logging:Consol: unknown; did you mean 'Console'?")]
    [InlineData("""{"Logging": {"Console": {"LogLevel": {"Microsoft": "x"}}}}""", "Logging:Console:LogLevel:Microsoft: 'x' is none of")]
    public void Of_a_file(string json, string problem)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("appsettings.json"), json);
        Assert.Contains(problem, Assert.Single(Check(file: folder.File("appsettings.json"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Server:ApiKey", Secret, "Server:ApiKey: unknown key; did you mean 'ApiKeys'?")]
    [InlineData("Server:Apikeys:x", Secret, "Server:Apikeys: is a list")]
    [InlineData("Server:ApiKeys:s3cr3t", "1", "Server:ApiKeys: is a list")]
    [InlineData("Server:ApiKeys:0:Key", Secret, "Server:ApiKeys:0: must be text")]
    [InlineData("Server:ApiKeys", "", "Server:ApiKeys: is empty; leave it out to ask for no key")]
    [InlineData("Server:ApiKeys:0", "", "Server:ApiKeys: a key is empty")]
    [InlineData("Server:ApiKeys", "s3cr3t ", "Server:ApiKeys: a key is empty, or has a space, or a character that is not visible ASCII")]
    [InlineData("Server:ApiKeys", "s3cr3té", "Server:ApiKeys: a key is empty, or has a space, or a character that is not visible ASCII")]
    [InlineData("Server:ApiKeys:0", null, "Server:ApiKeys:0: must be text, not null; leave it out for its default")]
    [InlineData("Server:ApiKeys", null, "Server:ApiKeys: must be a list, not null; leave it out for its default")]
    [InlineData("Server:ApiKeysFile", "", "Server:ApiKeysFile: is empty; leave it out to ask for no key")]
    [InlineData("Server:ApiKeysFile", "/no/such/file", "Server:ApiKeysFile: Could not find")]
    [InlineData("Server:ShutdownTimeout", "20", "Server:ShutdownTimeout: must be a time such as 00:00:20")]
    [InlineData("Server:MaxHeaderBytes", "2000000", "Server:MaxHeaderBytes: must be an integer from 1024 to 1048576, not 2000000")]
    public void Of_the_section_Server(string key, string? value, string problem)
    {
        List<string> problems = [];
        ServerOptionsReader.Read(Configuration((key, value)), problems);
        Assert.StartsWith(problem, Assert.Single(problems), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, problems[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Server:ApiKeys", Secret)]
    [InlineData("Server:ApiKeys:0", Secret)]
    public void One_key_may_be_written_without_its_number(string key, string value)
    {
        List<string> problems = [];
        Assert.Equal([Secret], ServerOptionsReader.Read(Configuration((key, value)), problems).ApiKeys);
        Assert.Empty(problems);
    }

    [Fact]
    public void Keys_of_a_file_are_added_and_a_file_without_one_is_refused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("keys"), "# of the team\none\r\n\n  two#\n  #three\n");
        List<string> problems = [];
        IConfiguration both = Configuration(("Server:ApiKeys:0", "zero"), ("Server:ApiKeysFile", folder.File("keys")));
        Assert.Equal(["zero", "one", "two#"], ServerOptionsReader.Read(both, problems).ApiKeys);
        Assert.Empty(problems);
        File.WriteAllText(folder.File("keys"), "\n# none yet\n");
        ServerOptionsReader.Read(Configuration(("Server:ApiKeysFile", folder.File("keys"))), problems);
        Assert.EndsWith("has no key", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one\n\nsécret\n", 3)]
    [InlineData("# one\ntwo words\n", 2)]
    [InlineData("\u00a0one", 1)]
    public void A_line_that_is_no_key_is_refused_and_not_shown(string text, int line)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("keys"), text);
        List<string> problems = [];
        Assert.Empty(ServerOptionsReader.Read(Configuration(("Server:ApiKeysFile", folder.File("keys"))), problems).ApiKeys);
        Assert.Equal(
            $"Server:ApiKeysFile: line {line} of {folder.File("keys")} has a space, or a character that is not visible ASCII",
            Assert.Single(problems));
    }

    [Fact]
    public void A_settings_file_that_is_none_is_not_passed_over()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("folder.json"));
        File.WriteAllBytes(folder.File("bytes.json"), [.. "{\"AllowedHosts\": \""u8, 0xff, .. "\"}"u8]);
        Assert.EndsWith("folder.json: is a folder", Assert.Single(Check(file: folder.File("folder.json"))), StringComparison.Ordinal);
        Assert.EndsWith("bytes.json: is not UTF-8", Assert.Single(Check(file: folder.File("bytes.json"))), StringComparison.Ordinal);
        Assert.Empty(Check(file: folder.File("nothing.json")));
    }

    [Theory]
    [InlineData("urls", "foo")]
    [InlineData("urls", "http://")]
    [InlineData("urls", ";")]
    [InlineData("urls", "http://127.0.0.1:0;http://localhost:99999")]
    [InlineData("urls", "http://127.0.0.1:22222222222")]
    [InlineData("http_ports", "abc")]
    [InlineData("https_ports", "80;-1")]
    [InlineData("Kestrel:Endpoints:a:Url", "http://127.0.0.1:80800")]
    public void Of_addresses(string key, string value)
    {
        List<string> problems = [];
        Addresses.Check(Configuration((key, value)), problems);
        Assert.StartsWith($"{key}: '{value}' is no ", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0;http://[::1]:0; http://localhost:8080")]
    [InlineData("http://*:8080;http://+:8080;https://[::]:443;http://0.0.0.0;http://name_of-a.host:80")]
    [InlineData("http://unix:/run/alignment.sock")]
    public void Addresses_of_every_form_are_none(string value)
    {
        List<string> problems = [];
        Addresses.Check(Configuration(("urls", value), ("http_ports", "8080;0")), problems);
        Assert.Empty(problems);
    }

    private static IConfigurationRoot Configuration(params (string Key, string? Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value))).Build();

    private static List<string> Check(string[]? arguments = null, string[]? environment = null, string? file = null)
    {
        var builder = new ConfigurationBuilder();
        List<string> problems = [];
        IConfigurationRoot configuration = (file is null ? builder : builder.AddJsonFile(file, optional: true)).Build();
        ConfigurationSources.Check(arguments ?? [], configuration, environment ?? [], problems);
        return problems;
    }
}
