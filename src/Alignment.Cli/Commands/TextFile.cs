using Alignment.Cli.Options;
using Alignment.Models.Files;

namespace Alignment.Cli.Commands;

/// <summary>The text of a file that a user named.</summary>
internal static class TextFile
{
    /// <summary>Far more than any model's context; a pipe or device has no length to look at before.</summary>
    private const int MaxBytes = 1 << 26;

    /// <summary>UTF-8; a byte order mark is text.</summary>
    /// <exception cref="UserMistakeException">It is longer than any prompt.</exception>
    /// <exception cref="InvalidDataException">It is not UTF-8.</exception>
    public static string Read(FileInfo file)
    {
        using FileStream stream = new(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        using MemoryStream bytes = new();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > MaxBytes)
            {
                throw new UserMistakeException($"{file.FullName} has more than {MaxBytes} bytes");
            }
        }

        return StrictText.Decode(file.FullName, bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }
}
