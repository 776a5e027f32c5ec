using Alignment.Hosting.Options;

namespace Alignment.Server.Configuration;

/// <summary>Binds the section <c>Server</c> and reads the file of keys that it names.</summary>
internal static class ServerOptionsReader
{
    private const int MaxKeyFileLength = 1 << 20;

    /// <param name="configuration">Has the section.</param>
    /// <param name="problems">Receives everything that is wrong. No key appears in it.</param>
    public static ServerOptions Read(IConfiguration configuration, ICollection<string> problems)
    {
        ServerOptions options = SectionBinder.Bind<ServerOptions>(configuration.GetSection(ServerOptions.Section), problems);
        options = options with { ApiKeys = [.. options.ApiKeys, .. KeysOfFile(options.ApiKeysFile, problems)] };
        foreach (string name in new[] { nameof(ServerOptions.ApiKeys), nameof(ServerOptions.ApiKeysFile) })
        {
            // A variable that was meant to be filled; a file's [] looks the same.
            if (configuration[$"{ServerOptions.Section}:{name}"] is "")
            {
                problems.Add($"{ServerOptions.Section}:{name}: is empty; leave it out to ask for no key");
            }
        }

        if (options.ApiKeys.Any(key => string.IsNullOrWhiteSpace(key) || key != key.Trim()))
        {
            problems.Add($"{ServerOptions.Section}:{nameof(ServerOptions.ApiKeys)}: a key is empty, or begins or ends with a space");
        }

        CorsOrigins.Check(options, problems);
        return options;
    }

    /// <summary>One key a line; blank lines are none. A file without a key is a mistake: it would open the server.</summary>
    private static string[] KeysOfFile(string path, ICollection<string> problems)
    {
        if (path.Length == 0)
        {
            return [];
        }

        string[] keys = [];
        string problem = $"{path} has no key";
        try
        {
            using var file = new StreamReader(path);
            char[] text = new char[MaxKeyFileLength + 1];
            int length = file.ReadBlock(text);
            if (length > MaxKeyFileLength)
            {
                problem = $"{path} has more than {MaxKeyFileLength} characters";
            }
            else
            {
                keys = new string(text, 0, length).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            problem = fault.Message;
        }

        if (keys.Length == 0)
        {
            problems.Add($"{ServerOptions.Section}:{nameof(ServerOptions.ApiKeysFile)}: {problem}");
        }

        return keys;
    }
}
