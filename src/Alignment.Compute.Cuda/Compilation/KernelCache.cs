using System.Security.Cryptography;
using System.Text;

namespace Alignment.Compute.Cuda.Compilation;

/// <summary>
/// Compiled kernels on disk, one file for each source, architecture and compiler: 32 bytes SHA-256 of the code, then the code. A file that
/// does not match its hash is compiled again; a folder that cannot be written costs only the time.
/// </summary>
internal sealed class KernelCache(string folder)
{
    /// <summary>In the user's data folder, which may not exist yet.</summary>
    public static KernelCache Default { get; } = new(Path.Combine(
        Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "alignment", "kernels"));

    /// <summary>The code for an architecture, compiled where it is not there yet.</summary>
    public byte[] Get(string source, string architecture, string compilerVersion, Func<byte[]> compile)
    {
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{architecture}\n{compilerVersion}\n{source}")));
        string path = Path.Combine(folder, $"{name}.cubin");
        if (TryRead(path) is { } found)
        {
            return found;
        }

        byte[] image = compile();
        TryWrite(path, image);
        return image;
    }

    private static byte[]? TryRead(string path)
    {
        try
        {
            byte[] file = File.ReadAllBytes(path);
            byte[] image = file.Length > SHA256.HashSizeInBytes ? file[SHA256.HashSizeInBytes..] : [];
            return image.Length > 0 && SHA256.HashData(image).AsSpan().SequenceEqual(file.AsSpan(0, SHA256.HashSizeInBytes)) ? image : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void TryWrite(string path, byte[] image)
    {
        try
        {
            Directory.CreateDirectory(folder);
            string temporary = $"{path}.{Environment.ProcessId}";
            File.WriteAllBytes(temporary, [.. SHA256.HashData(image), .. image]);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Compiled again next time.
        }
    }
}
