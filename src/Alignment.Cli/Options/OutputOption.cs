using System.CommandLine;
using System.CommandLine.Parsing;
using Alignment.Training.Checkpoints;

namespace Alignment.Cli.Options;

/// <summary>Where a training command writes: refused before the work where nothing can be written.</summary>
internal static class OutputOption
{
    private const string Output = "--output";

    /// <summary>A folder whose files are written where they come to lie.</summary>
    /// <param name="description">For help.</param>
    /// <param name="files">What will be written, relative to the folder.</param>
    public static Option<DirectoryInfo> Create(string description, params string[] files) =>
        Create(Output, description, path => RequireFiles(path, files));

    /// <summary>A folder that is made beside its place and then moved there.</summary>
    public static Option<DirectoryInfo> CreateReplaced(string description) => Create(Output, description, RequireReplaceable);

    /// <summary>A folder that other runs share, which may be left out.</summary>
    public static Option<DirectoryInfo> CreateShared(string name, string description)
    {
        Option<DirectoryInfo> option = Create(name, description, WritableFolder.Require);
        option.Required = false;
        return option;
    }

    private static Option<DirectoryInfo> Create(string name, string description, Action<string> requireWritable) => new(name)
    {
        Description = description,
        Required = true,
        CustomParser = result => result.Tokens is [var token] ? Parse(name, token.Value, requireWritable, result) : null,
    };

    private static DirectoryInfo? Parse(string name, string path, Action<string> requireWritable, ArgumentResult result)
    {
        if (path.Length == 0)
        {
            result.AddError($"{name} must be a folder, not ''");
            return null;
        }

        try
        {
            requireWritable(path);
            return new DirectoryInfo(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            result.AddError($"{name} {path} cannot be written: {fault.Message}");
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
