namespace Alignment.Training.Checkpoints;

/// <summary>Finds out before the work whether its result can be written.</summary>
public static class WritableFolder
{
    /// <summary>Writes and removes an empty file in the folder or in the nearest one above that exists; makes no folder.</summary>
    /// <exception cref="IOException">A file is in the way, or nothing can be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public static void Require(string path)
    {
        DirectoryInfo nearest = new(path);
        while (!nearest.Exists)
        {
            if (File.Exists(nearest.FullName))
            {
                throw new IOException($"{nearest.FullName} is a file");
            }

            nearest = nearest.Parent ?? throw new IOException($"{nearest.FullName} does not exist");
        }

        string probe = Path.Combine(nearest.FullName, $".alignment-{Path.GetRandomFileName()}");
        using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose))
        {
        }
    }
}
