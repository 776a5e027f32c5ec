using System.Text;
using Alignment.Training.Data.Rows;

namespace Alignment.Training.Data.Documents;

/// <summary>Plain texts.</summary>
internal static class TextDocuments
{
    private const string Separator = "<|endoftext|>";

    // About a context of 1,024 tokens.
    private const int BookPiece = 4000;

    /// <summary>Texts between separator lines.</summary>
    public static IEnumerable<string> ReadStories(string path)
    {
        StringBuilder story = new();
        foreach (string line in Lines(path))
        {
            if (line == Separator)
            {
                yield return story.ToString().Trim();
                story.Clear();
            }
            else
            {
                story.Append(line).Append('\n');
            }
        }

        yield return story.ToString().Trim();
    }

    /// <summary>Books have no marks between them: pieces of about <see cref="BookPiece"/> characters end where a paragraph ends.</summary>
    public static IEnumerable<string> ReadBook(string path)
    {
        StringBuilder piece = new();
        foreach (string line in Lines(path))
        {
            piece.Append(line).Append('\n');
            if (line.Length == 0 && piece.Length >= BookPiece)
            {
                yield return piece.ToString().Trim();
                piece.Clear();
            }
        }

        yield return piece.ToString().Trim();
    }

    private static IEnumerable<string> Lines(string path)
    {
        using DataText text = new(path);
        while (Next(text, path) is { } line)
        {
            yield return line;
        }
    }

    private static string? Next(DataText text, string path)
    {
        try
        {
            return text.ReadLine();
        }
        catch (RowException fault)
        {
            throw new InvalidDataException($"{path}: {fault.Message}", fault);
        }
    }
}
