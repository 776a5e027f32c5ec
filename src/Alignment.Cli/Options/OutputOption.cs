using System.CommandLine;
using System.CommandLine.Parsing;
using Alignment.Training.Checkpoints;

namespace Alignment.Cli.Options;

/// <summary>Where a training command writes: refused before the work where nothing can be written.</summary>
internal static class OutputOption
{
    /// <summary>A folder whose files are written where they come to lie.</summary>
    /// <param name="description">For help.</param>
    /// <param name="files">What will be written, relative to the folder.</param>
    public static Option<DirectoryInfo> Create(string description, params string[] files) =>
        Create(description, path => RequireFiles(path, files));

    /// <summary>A folder that is made beside its place and then moved there.</summary>
    public static Option<DirectoryInfo> CreateReplaced(string description) => Create(description, RequireReplaceable);

    private static Option<DirectoryInfo> Create(string description, Action<string> requireWritable) => new("--output")
    {
        Description = description,
        Required = true,
        CustomParser = result => result.Tokens is [var token] ? Parse(token.Value, requireWritable, result) : null,
    };

    private static DirectoryInfo? Parse(string path, Action<string> requireWritable, ArgumentResult result)
    {
        if (path.Length == 0)
        {
            result.AddError("--output must be a folder, not ''");
            return null;
        }

        try
        {
            requireWritable(path);
            return new DirectoryInfo(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            result.AddError($"--output {path} cannot be written: {fault.Message}");
            return null;
        }
    }

    private static void RequireFiles(string folder, string[] files)
    {
        foreach (string file in files.Select(file => Path.Combine(folder, file)))
        {
            WritableFolder.Require(Path.GetDirectoryName(file)!);
            if (Directory.Exists(file))
            {
                throw new IOException($"{file} is a folder");
            }
        }
    }

    private static void RequireReplaceable(string folder)
    {
        WritableFolder.Require(folder);
        if (Path.GetDirectoryName(Path.GetFullPath(folder)) is { } parent)
        {
            WritableFolder.Require(parent);
        }
    }
}
