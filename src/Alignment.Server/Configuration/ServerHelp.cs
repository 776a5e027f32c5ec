using System.Globalization;
using System.Reflection;
using System.Text;
using Alignment.Hosting.Options;

namespace Alignment.Server.Configuration;

/// <summary>What <c>--help</c> and <c>--version</c> print.</summary>
internal static class ServerHelp
{
    private const string Usage = """
        Serves frozen language models, aligned while they decode, over OpenAI's HTTP API.

        Usage: Alignment.Server [--Key=value | --Key value]...

        --urls http://127.0.0.1:8080   where to listen; beyond this machine only with Server:ApiKeys or Server:AllowAnonymous=true
        --environment NAME             reads appsettings.NAME.json after appsettings.json
        --contentRoot DIR              where those files are, and what model paths are relative to
        --help, --version

        Every key below may stand in appsettings.json (Server:MaxPrompts as "Server": { "MaxPrompts": 16 }), in the environment
        (Server__MaxPrompts=16) or here (--Server:MaxPrompts=16); the last one counts. N is a number from 0 on, NAME a name.
        docs/configuration.md says what each does.


        """;

    /// <summary>The text that the arguments ask for; null where they ask for none.</summary>
    public static string? Find(IReadOnlyCollection<string> arguments)
        => arguments.Any(argument => argument is "--help" or "-h" or "-?") ? Usage + Keys()
            : arguments.Contains("--version") ? Version.InformationalVersion
            : null;

    private static AssemblyInformationalVersionAttribute Version
        => typeof(ServerHelp).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!;

    private static string Keys()
    {
        var text = new StringBuilder();
        foreach (OptionKey key in TopLevelKeys.Sections.SelectMany(section => OptionKey.Of(section.Key, section.Value)))
        {
            string range = key.Range.Length > 0 ? $", {key.Range}" : "";
            string fallback = key.Default.Length > 0 ? $" (default {key.Default})" : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"{key.Path,-45} {key.Type}{range}{fallback}");
        }

        return text.ToString();
    }
}
