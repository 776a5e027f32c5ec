namespace Alignment.Models.Checkpoints;

/// <summary>One way to say what is wrong with a file from a stranger: <c>FILE: FIELD: reason</c>.</summary>
internal static class FileProblem
{
    public static InvalidDataException Of(string path, string field, string reason) => new($"{path}: {field}: {reason}");

    public static void Require(bool holds, string path, string field, string reason)
    {
        if (!holds)
        {
            throw Of(path, field, reason);
        }
    }
}
