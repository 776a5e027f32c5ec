namespace Alignment.Tests;

/// <summary>Where the tests find the repository and what lies beside it.</summary>
internal static class RepositoryPaths
{
    /// <summary>The folder of Alignment.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The data beside the repository, which a checkout may lack.</summary>
    public static string SharedData { get; } = Path.GetFullPath(Path.Combine(Root, "..", "shared", "data"));

    public static string Clients { get; } = Path.Combine(Root, "tests", "clients");

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Alignment.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("Alignment.sln is not above the tests");
    }
}
