namespace Alignment.Training.Rewards;

/// <summary>
/// Where a reward comes to lie, and the hidden folder beside it (<c>.NAME.run</c>) where it is made. Whoever loads rewards passes over
/// hidden folders, so they see the earlier reward or the whole new one.
/// </summary>
public sealed class RewardFolder
{
    private readonly string _work;

    /// <summary>Takes the folder for a reward; nothing is written yet.</summary>
    /// <exception cref="InvalidDataException">It has no name, or holds what is no reward's and would be lost.</exception>
    public RewardFolder(string path)
    {
        Path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        Name = System.IO.Path.GetFileName(Path);
        if (Name.Length == 0 || Name[0] == '.')
        {
            throw new InvalidDataException($"{Path}: the folder's name is the reward's, and '{Name}' is none");
        }

        _work = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, $".{Name}.run");
        IEnumerable<string> there = Directory.Exists(Path) ? Directory.EnumerateFileSystemEntries(Path) : [];
        string[] others = [.. there.Select(entry => System.IO.Path.GetFileName(entry)).Except(RewardExport.Files).Take(3)];
        if (others.Length > 0)
        {
            throw new InvalidDataException(
                $"{Path}: holds what is not a reward's ({string.Join(", ", others)}); give the reward a folder of its own");
        }
    }

    /// <summary>The finished reward's folder.</summary>
    public string Path { get; }

    /// <summary>The reward's name: the folder's.</summary>
    public string Name { get; }

    /// <summary>Where an unfinished run is kept.</summary>
    public string State => System.IO.Path.Combine(_work, "run.state");

    /// <summary>
    /// Writes the finished reward's files into a folder, which then takes the place of what was there; the run's state goes.
    /// </summary>
    public void Publish(Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        (string finished, string replaced) = (System.IO.Path.Combine(_work, "finished"), System.IO.Path.Combine(_work, "replaced"));
        DeleteAll(finished);
        Directory.CreateDirectory(finished);
        write(finished);
        if (Directory.Exists(Path))
        {
            DeleteAll(replaced);
            Directory.Move(Path, replaced);
        }

        Directory.Move(finished, Path);
        Discard();
    }

    /// <summary>Forgets the unfinished run.</summary>
    public void Discard() => DeleteAll(_work);

    private static void DeleteAll(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
