using Xunit;

namespace Alignment.Tests;

/// <summary>
/// A test over a file of the repository that not every checkout has, trained weights above all; skipped, with the reason, where it is
/// absent.
/// </summary>
internal sealed class RepositoryFactAttribute : FactAttribute
{
    public RepositoryFactAttribute(string file) =>
        Skip = File.Exists(Path.Combine(RepositoryPaths.Root, file)) ? null : $"{file} is absent";
}
