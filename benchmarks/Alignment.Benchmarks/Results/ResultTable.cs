using System.Globalization;
using System.Reflection;
using System.Text;

namespace Alignment.Benchmarks.Results;

/// <summary>A page of benchmarks/results: what was measured, with which command, on what, and the table.</summary>
internal sealed class ResultTable(string title, string command)
{
    private const int ShortHash = 10;

    private readonly List<string> _lines = [];
    private readonly List<string[]> _rows = [];

    public void AddLine(FormattableString line) => _lines.Add(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>The first row is the heading.</summary>
    public void AddRow(params string[] cells) => _rows.Add(cells);

    /// <summary>A case of <see cref="InterleavedRounds"/> with its ratio to a baseline.</summary>
    public void AddCase(InterleavedRounds rounds, string name, string baseline, int tokens, string target)
    {
        (double median, double minimum, double maximum) = rounds.Ratio(name, baseline);
        double milliseconds = rounds.Median(name);
        AddRow(
            name, string.Create(CultureInfo.InvariantCulture, $"{milliseconds:F1}"), string.Create(
                CultureInfo.InvariantCulture, $"{1000 * tokens / milliseconds:F1}"),
            string.Create(CultureInfo.InvariantCulture, $"{median:F3} ({minimum:F3}-{maximum:F3})"), target);
    }

    public void Write(string path)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {title}\n\n    {command}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{Machine()}\n\n");
        _lines.ForEach(line => text.Append(CultureInfo.InvariantCulture, $"{line}\n\n"));
        for (int row = 0; row < _rows.Count; row++)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", _rows[row])} |\n");
            text.Append(row == 0 ? $"|{string.Concat(_rows[row].Select(_ => "---|"))}\n" : "");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, text.ToString());
        Console.WriteLine(text);
    }

    private static string Machine()
    {
        const string Information = "/proc/cpuinfo";
        string? processor = File.Exists(Information)
            ? File.ReadLines(Information).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ", 2)[1]
            : null;
        return $"{processor ?? "unknown processor"}, {Environment.ProcessorCount} logical processors, .NET {Environment.Version}, commit "
            + $"{Commit()}.";
    }

    /// <summary>The build writes the commit it was made from behind a plus sign.</summary>
    private static string Commit()
        => typeof(ResultTable).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is
        [
            _, { Length: >= ShortHash } hash,
        ]
            ? hash[..ShortHash]
            : "unknown";
}
