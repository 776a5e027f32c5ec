using System.Xml.Linq;
using Alignment.Tests;

namespace Alignment.Architecture.Tests;

/// <summary>A project under src, by what its file and its sources say.</summary>
internal sealed record SourceProject(string Name, string Folder)
{
    /// <summary>Every project under src.</summary>
    public static IReadOnlyList<SourceProject> All { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(RepositoryPaths.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(
                file => new SourceProject(
                    Path.GetFileNameWithoutExtension(file).Replace("Alignment.", "", StringComparison.Ordinal),
                    Path.GetDirectoryName(file)!))
            .OrderBy(project => project.Name, StringComparer.Ordinal),
    ];

    /// <summary>Short names of the projects it refers to.</summary>
    public IEnumerable<string> References => XDocument.Load(Path.Combine(Folder, $"Alignment.{Name}.csproj"))
        .Descendants("ProjectReference")
        .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
        .Select(reference => reference.Replace("Alignment.", "", StringComparison.Ordinal));

    /// <summary>Its own source files, without what the build made.</summary>
    public IEnumerable<string> Sources => Directory.EnumerateFiles(Folder, "*.cs", SearchOption.AllDirectories)
        .Where(file => !Path.GetRelativePath(Folder, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    public override string ToString() => Name;
}
