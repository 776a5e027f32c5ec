namespace Alignment.Models.Files;

/// <summary>
/// A file of a folder from a stranger, opened behind its links: folders of the Hugging Face cache hold nothing but links. Only a regular
/// file is opened, so that no link leads to a device, or to a pipe that would be waited for without end.
/// </summary>
internal static class RegularFile
{
    private const int MaxLinks = 40;

    /// <summary>The file itself: its own path and length.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is empty or no regular file, or its link leads nowhere.</exception>
    public static FileInfo Find(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: the file is missing", path);
        }

        var file = new FileInfo(Follow(path));
        FileProblem.Require(file.Exists, path, "link", $"leads to {file.FullName}, which is not there");

        // The system gives devices, pipes and sockets no length, and none of the files that are read here may be empty.
        FileProblem.Require(file.Length > 0, path, "size", "the file is empty, or no regular file");
        return file;
    }

    /// <summary>All bytes of a file of bounded size.</summary>
    /// <exception cref="InvalidDataException">As <see cref="Find"/>; or it is larger.</exception>
    public static byte[] ReadBytes(string path, int most)
    {
        FileInfo file = Find(path);
        FileProblem.Require(file.Length <= most, path, "size", $"larger than {most} bytes");
        return File.ReadAllBytes(file.FullName);
    }

    /// <summary>The text of a file of bounded size.</summary>
    /// <exception cref="InvalidDataException">As <see cref="ReadBytes"/>; or it is not UTF-8.</exception>
    public static string ReadText(string path, int most) => StrictText.Decode(path, ReadBytes(path, most));

    /// <summary>
    /// The path without links. <see cref="FileSystemInfo.ResolveLinkTarget"/> counts <c>..</c> by the letters of the path, so that a
    /// relative link inside a linked folder would lead elsewhere than the system goes.
    /// </summary>
    private static string Follow(string path)
    {
        string full = Path.GetFullPath(path);
        string current = Path.GetPathRoot(full)!;
        var rest = new Stack<string>(Parts(full[current.Length..]));
        for (int links = 0; rest.TryPop(out string? part);)
        {
            string next = part == ".." ? Path.GetDirectoryName(current) ?? current : Path.Combine(current, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                current = next;
                continue;
            }

            FileProblem.Require(++links <= MaxLinks, path, "link", "leads in a circle");
            current = Path.IsPathRooted(target) ? Path.GetPathRoot(target)! : current;
            Array.ForEach(Parts(Path.IsPathRooted(target) ? target[current.Length..] : target), rest.Push);
        }

        return current;
    }

    /// <summary>The names of a path, last first.</summary>
    private static string[] Parts(string path) =>
        [.. path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").Reverse()];
}
