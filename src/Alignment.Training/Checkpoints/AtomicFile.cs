namespace Alignment.Training.Checkpoints;

/// <summary>Writes a file so that a reader, or a run that was killed, only ever sees the old file or the whole new one.</summary>
public static class AtomicFile
{
    private const string Extension = ".tmp";

    /// <summary>
    /// Writes a new file beside <paramref name="path"/>, flushes it to the disk, then renames it over what is there: a link that lies at
    /// either place is never followed. What fails leaves nothing new.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        string temporary = $"{path}.{Path.GetRandomFileName()}{Extension}";
        FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
        try
        {
            using (stream)
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Removes what processes left that were killed while they wrote this file; nobody may be writing it now.</summary>
    public static void RemoveUnfinished(string path)
    {
        string full = Path.GetFullPath(path);
        string? folder = Path.GetDirectoryName(full);
        foreach (string left in Directory.Exists(folder) ? Directory.GetFiles(folder, $"{Path.GetFileName(full)}.*{Extension}") : [])
        {
            File.Delete(left);
        }
    }
}
