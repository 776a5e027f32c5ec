namespace Alignment.Models.Files;

/// <summary>One way to say what is wrong with a file from a stranger: <c>FILE: FIELD: reason</c>.</summary>
public static class FileProblem
{
    /// <summary>The exception for one problem.</summary>
    public static InvalidDataException Of(string path, string field, string reason) => new($"{path}: {field}: {reason}");

    /// <summary>A name or a value from the file, short enough for one line.</summary>
    public static string Shorten(string text) => text.Length <= 60 ? text : string.Concat(text.AsSpan(0, 60), "...");

    /// <summary>Throws unless a condition holds.</summary>
    /// <exception cref="InvalidDataException">It does not.</exception>
    public static void Require(bool holds, string path, string field, string reason)
    {
        if (!holds)
        {
            throw Of(path, field, reason);
        }
    }
}
