using System.CommandLine;
using System.CommandLine.Parsing;

namespace Alignment.Cli.Options;

/// <summary>Where a training command writes: refused before the work where nothing can be written.</summary>
internal static class OutputOption
{
    /// <summary>A folder whose files are written where they come to lie.</summary>
    public static Option<DirectoryInfo> Create(string description) => Create(description, folder => folder);

    /// <summary>A folder that is made beside its place and then moved there.</summary>
    public static Option<DirectoryInfo> CreateReplaced(string description) => Create(description, folder => folder.Parent ?? folder);

    private static Option<DirectoryInfo> Create(string description, Func<DirectoryInfo, DirectoryInfo> written) => new("--output")
    {
        Description = description,
        Required = true,
        CustomParser = result => Parse(result, written),
    };

    private static DirectoryInfo? Parse(ArgumentResult result, Func<DirectoryInfo, DirectoryInfo> written)
    {
        string path = result.Tokens[0].Value;
        try
        {
            DirectoryInfo folder = new(path);
            RequireWritable(folder);
            RequireWritable(written(folder));
            return folder;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            result.AddError($"--output {path} cannot be written: {fault.Message}");
            return null;
        }
    }

    /// <summary>Writes and removes an empty file in the folder or in the nearest one above that exists; makes no folder.</summary>
    private static void RequireWritable(DirectoryInfo folder)
    {
        DirectoryInfo nearest = folder;
        while (!nearest.Exists)
        {
            if (File.Exists(nearest.FullName))
            {
                throw new IOException($"{nearest.FullName} is a file");
            }

            nearest = nearest.Parent ?? throw new IOException($"{nearest.FullName} does not exist");
        }

        string probe = Path.Combine(nearest.FullName, $".alignment-{Environment.ProcessId}");
        using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose))
        {
        }
    }
}
