using Alignment.Training.Checkpoints;

namespace Alignment.Training.Rewards;

/// <summary>
/// Where a reward comes to lie, and the hidden folder beside it (<c>.NAME.run</c>) where it is made. Whoever loads rewards passes over
/// hidden folders, so they see the earlier reward or the whole new one.
/// </summary>
public sealed class RewardFolder
{
    private readonly string _work;

    /// <summary>Takes the folder for a reward; nothing is written yet.</summary>
    /// <exception cref="InvalidDataException">
    /// It has no name, cannot be replaced, or holds what is no reward's and would be lost.
    /// </exception>
    /// <exception cref="IOException">Nothing can be written where the run is kept.</exception>
    public RewardFolder(string path)
    {
        Path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        Name = System.IO.Path.GetFileName(Path);
        if (Name.Length == 0 || Name[0] == '.')
        {
            throw new InvalidDataException($"{Path}: the folder's name is the reward's, and '{Name}' is none");
        }

        _work = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, $".{Name}.run");
        RequireMovable(Path);
        RequireMovable(_work);
        RequireOwnWork();
        RequireReward();
    }

    /// <summary>The finished reward's folder.</summary>
    public string Path { get; }

    /// <summary>The reward's name: the folder's.</summary>
    public string Name { get; }

    /// <summary>Where an unfinished run is kept.</summary>
    public string State => System.IO.Path.Combine(_work, "run.state");

    /// <summary>Where hidden states are kept that serve this run alone.</summary>
    public string Features => System.IO.Path.Combine(_work, "features");

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

    /// <summary>The folder is moved there, and an earlier one away.</summary>
    private static void RequireMovable(string folder)
    {
        if (File.Exists(folder))
        {
            throw new InvalidDataException($"{folder}: is a file, where a folder must come to lie");
        }

        if (DriveInfo.GetDrives().Any(drive => System.IO.Path.TrimEndingDirectorySeparator(drive.Name) == folder))
        {
            throw new InvalidDataException($"{folder}: is a mount point, which cannot be replaced; give a folder inside it");
        }
    }

    /// <summary>What is written into a link would come to lie somewhere else.</summary>
    private void RequireOwnWork()
    {
        if (new DirectoryInfo(_work).LinkTarget is not null)
        {
            throw new InvalidDataException($"{_work}: is a link, where the unfinished run must come to lie; remove it");
        }

        WritableFolder.Require(_work);
    }

    /// <summary>What is there is replaced: it must be a reward, or nothing.</summary>
    private void RequireReward()
    {
        string[] there = Directory.Exists(Path) ? Directory.GetFileSystemEntries(Path) : [];
        string[] names = [.. there.Select(entry => System.IO.Path.GetFileName(entry)!)];
        bool isReward = names.Length == 0 || names.Intersect(RewardExport.ConfigFiles).Any();
        string[] others = [.. (isReward ? names.Except(RewardExport.Files) : names).Take(3)];
        if (others.Length > 0)
        {
            throw new InvalidDataException(
                $"{Path}: holds what is not a reward's ({string.Join(", ", others)}); give the reward a folder of its own");
        }
    }

    private static void DeleteAll(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
