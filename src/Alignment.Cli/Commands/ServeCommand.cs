using System.CommandLine;
using System.Globalization;
using Alignment.Cli.Options;
using Alignment.Server;

namespace Alignment.Cli.Commands;

/// <summary><c>serve</c>: the server, over one folder or over what its configuration names.</summary>
internal sealed class ServeCommand : Command
{
    private readonly Option<DirectoryInfo> _model = PathOption.Folder(
        "--model", "Model folder to serve, with its heads and adapters; without it, the configured models and profiles.", required: false);

    private readonly Option<string> _urls = new("--urls")
    {
        Description = "Where to listen; without it ASPNETCORE_URLS, else http://localhost:8080.",
    };

    private readonly Option<string> _device = DeviceOption.Create();

    private readonly Option<int?> _maxLength = NumberOption.CreateOptional<int>(
        "--max-model-len",
        "Longest prompt and response together, in tokens; without it the model's, or what the cache's memory holds.",
        NumberOption.Positive);

    public ServeCommand()
        : base("serve", "Serve OpenAI's API until told to stop. Every key of docs/configuration.md may follow as --Key=value.")
    {
        Options.Add(_model);
        Options.Add(_urls);
        Options.Add(_device);
        Options.Add(_maxLength);
        TreatUnmatchedTokensAsErrors = false;
        SetAction((arguments, _) => RunAsync(arguments));
    }

    private Task<int> RunAsync(ParseResult arguments)
    {
        // Only what was asked for: the configuration may name a device and addresses too. What is no option of this command is a key of the
        // server's, which refuses what it does not know.
        string[] device = arguments.GetResult(_device) is { Implicit: false } ? ["--Alignment:Device", arguments.GetValue(_device)!] : [];
        string[] urls = arguments.GetValue(_urls) is { } given ? ["--urls", given] : [];
        string[] length = arguments.GetValue(_maxLength) is { } tokens
            ? ["--Alignment:Engine:MaxModelLength", tokens.ToString(CultureInfo.InvariantCulture)]
            : [];
        string[] settings = [.. urls, .. device, .. length, .. arguments.UnmatchedTokens];
        return arguments.GetValue(_model) is { FullName: { } folder }
            ? AlignmentServer.RunAsync(["--Alignment:Models:0:Path", folder, .. settings], readsFiles: false)
            : AlignmentServer.RunAsync(settings);
    }
}
