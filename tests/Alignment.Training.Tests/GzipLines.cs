using System.IO.Compression;
using Alignment.Tests;

namespace Alignment.Training.Tests;

internal static class GzipLines
{
    /// <summary>Writes lines as <c>.gz</c>; returns the name.</summary>
    public static string WriteGzip(this TemporaryFolder folder, string name, params string[] lines)
    {
        using StreamWriter writer = new(new GZipStream(File.Create(folder.File(name)), CompressionLevel.Fastest));
        foreach (string line in lines)
        {
            writer.WriteLine(line);
        }

        return name;
    }
}
