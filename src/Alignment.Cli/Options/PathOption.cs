using System.CommandLine;
using System.CommandLine.Parsing;

namespace Alignment.Cli.Options;

/// <summary>Files and folders that must be there.</summary>
internal static class PathOption
{
    public static Option<FileInfo> File(string name, string description, bool required = true) => new(name)
    {
        Description = description,
        Required = required,
        CustomParser = result => Parse(name, "file", result, System.IO.File.Exists) is { } path ? new FileInfo(path) : null,
    };

    public static Option<DirectoryInfo> Folder(string name, string description, bool required = true) => new(name)
    {
        Description = description,
        Required = required,
        CustomParser = result => Parse(name, "folder", result, Directory.Exists) is { } path ? new DirectoryInfo(path) : null,
    };

    /// <summary>The path that was given; null, with an error, where it leads to nothing of this kind.</summary>
    public static string? Parse(string name, string kind, ArgumentResult result, Predicate<string> exists)
    {
        if (result.Tokens is not [{ Value: var path }])
        {
            return null;
        }

        if (!exists(path))
        {
            result.AddError($"{name} must be a {kind} that exists{NumberOption.Not(path)}");
            return null;
        }

        return path;
    }
}
