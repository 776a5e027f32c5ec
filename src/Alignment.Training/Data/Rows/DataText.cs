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

    /// <summary>The file's bytes, decompressed.</summary>
    public static Stream Open(string path)
    {
        Stream stream = File.OpenRead(path);
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
    }

    /// <summary>Whether the first character that is no white space is this one; reads up to it.</summary>
    public bool BeginsWith(char character)
    {
        while (char.IsWhiteSpace((char)_reader.Peek()))
        {
            _reader.Read();
        }

        return _reader.Peek() == character;
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
        catch (Exception fault) when (fault is DecoderFallbackException or InvalidDataException)
        {
            throw new RowException(
                fault is DecoderFallbackException ? $"near line {Line}: is not UTF-8" : $"near line {Line}: damaged gzip data");
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
}
