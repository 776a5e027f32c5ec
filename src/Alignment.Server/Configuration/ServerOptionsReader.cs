using Alignment.Hosting.Options;

namespace Alignment.Server.Configuration;

/// <summary>Binds the section <c>Server</c> and reads the file of keys that it names.</summary>
internal static class ServerOptionsReader
{
    private const int MaxKeyFileLength = 1 << 20;
    private const char Comment = '#';
    private const string NoKey = "a space, or a character that is not visible ASCII";

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

        if (!options.ApiKeys.All(IsKey))
        {
            problems.Add($"{ServerOptions.Section}:{nameof(ServerOptions.ApiKeys)}: a key is empty, or has {NoKey}");
        }

        CorsOrigins.Check(options, problems);
        FeedbackOptionsCheck.Check(options.Feedback, configuration, problems);
        return options;
    }

    /// <summary>What a header can carry and nobody overlooks.</summary>
    private static bool IsKey(string text) => text.Length > 0 && text.All(character => character is > ' ' and < '\u007f');

    /// <summary>
    /// One key a line; blank lines, and those that begin with <c>#</c>, are none. A file without a key is a mistake: it would open the
    /// server.
    /// </summary>
    private static string[] KeysOfFile(string path, ICollection<string> problems)
    {
        if (path.Length == 0)
        {
            return [];
        }

        string[] keys = [];
        string? problem;
        try
        {
            problem = Parse(path, ReadText(path), out keys);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            problem = fault.Message;
        }

        if (problem is not null)
        {
            problems.Add($"{ServerOptions.Section}:{nameof(ServerOptions.ApiKeysFile)}: {problem}");
        }

        return problem is null ? keys : [];
    }

    /// <summary>Null where there is more than a file of keys can have.</summary>
    private static string? ReadText(string path)
    {
        using var file = new StreamReader(path);
        char[] text = new char[MaxKeyFileLength + 1];
        int length = file.ReadBlock(text);
        return length > MaxKeyFileLength ? null : new string(text, 0, length);
    }

    /// <summary>What is wrong with the file; null where nothing is.</summary>
    private static string? Parse(string path, string? text, out string[] keys)
    {
        string[] lines = [.. (text ?? "").Split('\n').Select(line => line.Trim(' ', '\t', '\r'))];
        keys = [.. lines.Where(line => line.Length > 0 && line[0] != Comment)];
        int wrong = Array.FindIndex(lines, line => line.Length > 0 && line[0] != Comment && !IsKey(line));
        return text is null ? $"{path} has more than {MaxKeyFileLength} characters"
            : wrong >= 0 ? $"line {wrong + 1} of {path} has {NoKey}"
            : keys.Length == 0 ? $"{path} has no key"
            : null;
    }
}
