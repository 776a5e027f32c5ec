using System.IO.Compression;

namespace Alignment.Training.Tests;

/// <summary>A folder that lives as long as its test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("alignment-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes lines as <c>.gz</c>; returns the name.</summary>
    public string WriteGzip(string name, params string[] lines)
    {
        using StreamWriter writer = new(new GZipStream(System.IO.File.Create(File(name)), CompressionLevel.Fastest));
        foreach (string line in lines)
        {
            writer.WriteLine(line);
        }

        return name;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
