using Xunit;

namespace Alignment.Tests;

/// <summary>A test over files of the shared data; skipped, with the reason, where one of them is absent.</summary>
internal sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute(params string[] files)
    {
        string? missing = files.FirstOrDefault(file => !Path.Exists(Path.Combine(RepositoryPaths.SharedData, file)));
        Skip = missing is null ? null : $"../shared/data/{missing} is absent";
    }
}
