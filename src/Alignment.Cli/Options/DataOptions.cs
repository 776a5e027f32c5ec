using System.CommandLine;

namespace Alignment.Cli.Options;

/// <summary>Options of every command that reads training data.</summary>
internal static class DataOptions
{
    public static Option<FileInfo> Mix() => new Option<FileInfo>("--data") { Description = "Data mix (JSON): sources, weights, licences.", Required = true }.AcceptExistingOnly();

    public static Option<DirectoryInfo> Folder() =>
        new Option<DirectoryInfo>("--data-folder") { Description = "Folder that the paths of the mix are relative to.", DefaultValueFactory = _ => new DirectoryInfo("../shared/data") }.AcceptExistingOnly();
}
