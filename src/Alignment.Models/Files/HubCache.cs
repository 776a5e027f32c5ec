namespace Alignment.Models.Files;

/// <summary>
/// The folders of Hugging Face's download cache: <c>models--ORG--NAME/{refs/BRANCH, snapshots/REVISION/FILE -> ../../blobs/HASH}</c>.
/// </summary>
public static class HubCache
{
    private const string Prefix = "models--";
    private const int MaxRevision = 100;

    /// <summary>The snapshot of a cached repository's main branch; any other folder as it is.</summary>
    /// <exception cref="InvalidDataException">The cache does not say which snapshot, or does not have it.</exception>
    public static string Resolve(string folder)
    {
        if (!IsRepository(Path.TrimEndingDirectorySeparator(folder)) || File.Exists(Path.Combine(folder, "config.json")))
        {
            return folder;
        }

        string snapshots = Path.Combine(folder, "snapshots");
        string reference = Path.Combine(folder, "refs", "main");
        FileProblem.Require(File.Exists(reference), reference, "revision", $"is missing; name a folder of {snapshots}");
        string revision = RegularFile.ReadText(reference, MaxRevision).Trim();
        bool isName = Path.GetFileName(revision) == revision && revision is not ("" or "." or "..");
        string snapshot = Path.Combine(snapshots, revision);
        FileProblem.Require(isName && Directory.Exists(snapshot), reference, "revision", $"'{revision}' is no folder of {snapshots}");
        return snapshot;
    }

    /// <summary>What a model folder is called: its own name, or that of the cached repository that it is a snapshot of.</summary>
    public static string NameOf(string folder)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string? repository = Path.GetDirectoryName(Path.GetDirectoryName(full));
        bool isSnapshot = repository is not null && IsRepository(repository)
            && full == Path.Combine(repository, "snapshots", Path.GetFileName(full));
        return isSnapshot ? repository!.Split("--")[^1] : Path.GetFileName(full);
    }

    private static bool IsRepository(string folder) => Path.GetFileName(folder).StartsWith(Prefix, StringComparison.Ordinal);
}
