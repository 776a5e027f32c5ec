namespace Alignment.Architecture.Tests;

/// <summary>Inside a project folders are floors: what one knows does not know it.</summary>
public sealed class FloorTests
{
    public static TheoryData<string> Projects => [.. SourceProject.All.Select(project => project.Name)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_of_a_project_know_each_other_one_way(string project)
    {
        IReadOnlyList<string> circles = FolderGraph.Of(SourceProject.All.Single(candidate => candidate.Name == project)).Circles();
        Assert.True(circles.Count == 0, string.Join('\n', circles));
    }

    [Fact]
    public void A_circle_is_found_by_whatever_way_it_closes()
    {
        Assert.Empty(FolderGraph.Of(("A", "B"), ("B", "C"), ("A", "C"), ("D", "A")).Circles());
        Assert.Equal(["A -> B: ", "B -> C: ", "C -> A: "], FolderGraph.Of(("A", "B"), ("B", "C"), ("C", "A"), ("D", "A")).Circles());
    }
}
