namespace Alignment.Server.Configuration;

/// <summary>Which web pages may use the server, by their origin: what a browser sends in the header Origin.</summary>
internal static class CorsOrigins
{
    /// <summary>Every page. Safe only where a page must know a key: answers never carry a browser's own credentials.</summary>
    public const string Any = "*";

    private const string Path = $"{ServerOptions.Section}:{nameof(ServerOptions.CorsOrigins)}";

    /// <summary>Notes origins that no browser would send, and every page being let in without a key.</summary>
    public static void Check(ServerOptions options, ICollection<string> problems)
    {
        foreach (string wrong in options.CorsOrigins.Where(origin => origin != Any && !IsOrigin(origin)))
        {
            problems.Add($"{Path}: '{wrong}' is no origin such as https://app.example or http://localhost:3000");
        }

        if (options.CorsOrigins.Contains(Any) && options.CorsOrigins.Count > 1)
        {
            problems.Add($"{Path}: '{Any}' is every origin; name others or it");
        }

        if (options.CorsOrigins.Contains(Any) && options.ApiKeys.Count == 0)
        {
            problems.Add(
                $"{Path}: '{Any}' needs {ServerOptions.Section}:{nameof(ServerOptions.ApiKeys)}: any page that a browser here opens "
                + "could use the server; name the origins");
        }
    }

    /// <summary>Scheme, host and port as browsers write them: nothing behind, nothing that is the default.</summary>
    private static bool IsOrigin(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
        && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == text && uri.UserInfo.Length == 0;
}
