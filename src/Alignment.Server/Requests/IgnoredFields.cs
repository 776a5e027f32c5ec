using System.Collections.Concurrent;
using Alignment.Server.Metrics;

namespace Alignment.Server.Requests;

/// <summary>Top-level fields that this server does not know: ignored as OpenAI does, counted, and each name logged once.</summary>
internal sealed partial class IgnoredFields(ServerMetrics metrics, ILogger<IgnoredFields> log)
{
    // Names come from clients: what is remembered is bounded.
    private const int MaxNames = 100;
    private const int MaxNameLength = 64;

    private readonly ConcurrentDictionary<string, bool> _names = new(StringComparer.Ordinal);

    public void Note(IReadOnlyCollection<string> names)
    {
        metrics.IgnoredFields.Add(names.Count);
        foreach (string name in names.Where(n => n.Length <= MaxNameLength && n.All(IsNameCharacter)))
        {
            if (_names.Count < MaxNames && _names.TryAdd(name, true))
            {
                LogIgnored(name);
            }
        }
    }

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    [LoggerMessage(Level = LogLevel.Information, Message = "Requests have the field {Field}, which this server ignores.")]
    private partial void LogIgnored(string field);
}
