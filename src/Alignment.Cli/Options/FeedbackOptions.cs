using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Alignment.Feedback.Export;

namespace Alignment.Cli.Options;

/// <summary>Options of the commands on a feedback database.</summary>
internal static class FeedbackOptions
{
    private static readonly FeedbackFormat[] s_formats = Enum.GetValues<FeedbackFormat>();

    public static Option<FileInfo> Database() => PathOption.File("--database", "Server:Feedback:Database of the server.");

    /// <summary>A file that is made or replaced.</summary>
    public static Option<FileInfo> Output()
    {
        const string Option = "--output";
        return new Option<FileInfo>(Option)
        {
            Description = "File for the rows, as JSON lines; one that is there is replaced.",
            Required = true,
            CustomParser = result => result.Tokens is not [{ Value: var path }] ? null
                : path.Length > 0 && !Directory.Exists(path) ? new FileInfo(path)
                : Wrong(result, $"{Option} must be the path of a file{NumberOption.Not(path)}"),
        };
    }

    /// <summary>As <c>--format</c> of the training commands calls it.</summary>
    public static string Name(FeedbackFormat format) => format.ToString().ToLowerInvariant();

    public static Option<FeedbackFormat?> Format()
    {
        const string Option = "--format";
        string names = string.Join(" or ", s_formats.Select(Name));
        return new Option<FeedbackFormat?>(Option)
        {
            Description = $"Which rows: {names}. May be left out where there is only one kind.",
            CustomParser = result => result.Tokens is [var token]
                ? Find(token.Value) ?? Problem<FeedbackFormat>(result, $"{Option} must be {names}{NumberOption.Not(token.Value)}")
                : null,
        };
    }

    public static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        Description = $"{description}: 2026-11-22, or 2026-11-22T12:00:00Z; UTC where it does not say.",
        CustomParser = result => result.Tokens is [var token]
            ? ParseTime(token.Value) ?? Problem<DateTimeOffset>(
                result, $"{name} must be a time such as 2026-11-22T12:00:00Z{NumberOption.Not(token.Value)}")
            : null,
    };

    private static FeedbackFormat? Find(string name)
        => Array.Exists(s_formats, format => Name(format) == name) ? Array.Find(s_formats, format => Name(format) == name) : null;

    private static DateTimeOffset? ParseTime(string text)
        => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time : null;

    private static FileInfo? Wrong(ArgumentResult result, string message)
    {
        result.AddError(message);
        return null;
    }

    private static T? Problem<T>(ArgumentResult result, string message)
        where T : struct
    {
        result.AddError(message);
        return null;
    }
}
