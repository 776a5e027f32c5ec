using System.IO.Compression;
using System.Text;

namespace Alignment.Training.Data.Rows;

/// <summary>
/// A text file, gzip-compressed where its name ends in <c>.gz</c>, line by line; lines have a bound, so that no file fills the memory.
/// </summary>
internal sealed class DataText : IDisposable
{
    private const int LongestLine = 1 << 24;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly StreamReader _reader;

    public DataText(string path) => _reader = new StreamReader(Open(path), s_strict);

    /// <summary>Number of the line that was read last, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>The file's bytes, decompressed. Pipes and devices have no length: they are empty here, and never waited for.</summary>
    public static Stream Open(string path)
    {
        FileSystemInfo file = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
        if (file is FileInfo { Exists: true, Length: 0 })
        {
            return Stream.Null;
        }

        Stream stream = File.OpenRead(path);
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
    }

    /// <summary>Whether the first character that is no white space is this one; reads up to it.</summary>
    /// <exception cref="RowException">The file is not UTF-8, or damaged.</exception>
    public bool BeginsWith(char character)
    {
        try
        {
            while (char.IsWhiteSpace((char)_reader.Peek()))
            {
                _reader.Read();
            }

            return _reader.Peek() == character;
        }
        catch (Exception fault) when (IsDamage(fault))
        {
            throw Damage(fault, 1);
        }
    }

    /// <summary>The next line without its end; null at the end of the file.</summary>
    /// <exception cref="RowException">It is not UTF-8, damaged, or too long.</exception>
    public string? ReadLine()
    {
        Line++;
        try
        {
            StringBuilder line = new();
            int next;
            while ((next = _reader.Read()) is not (-1 or '\n'))
            {
                RequireRoom(line.Length);
                line.Append((char)next);
            }

            return next < 0 && line.Length == 0
                ? null
                : line.ToString(0, line.Length > 0 && line[^1] == '\r' ? line.Length - 1 : line.Length);
        }
        catch (Exception fault) when (IsDamage(fault))
        {
            throw Damage(fault, Line);
        }
    }

    /// <exception cref="RowException">A row of so many characters is too long.</exception>
    public void RequireRoom(int characters)
    {
        if (characters >= LongestLine)
        {
            throw new RowException($"line {Line}: more than {LongestLine} characters in one row");
        }
    }

    public void Dispose() => _reader.Dispose();

    /// <summary>What reading a damaged file throws.</summary>
    internal static bool IsDamage(Exception fault) => fault is DecoderFallbackException or InvalidDataException;

    internal static RowException Damage(Exception fault, int line)
        => new($"near line {line}: {(fault is DecoderFallbackException ? "is not UTF-8" : "damaged gzip data")}");
}
