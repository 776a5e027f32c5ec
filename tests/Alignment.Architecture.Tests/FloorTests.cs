namespace Alignment.Architecture.Tests;

/// <summary>Inside a project folders are floors: what one knows does not know it.</summary>
public sealed class FloorTests
{
    /// <summary>Projects whose circles are still to be mended. A name leaves this list with its last circle, and none joins it.</summary>
    private static readonly string[] s_unmended = ["Inference"];

    public static TheoryData<string> Mended => [.. SourceProject.All.Select(project => project.Name).Except(s_unmended)];

    public static TheoryData<string> Unmended => [.. s_unmended];

    [Theory]
    [MemberData(nameof(Mended))]
    public void Folders_of_a_project_know_each_other_one_way(string project)
    {
        IReadOnlyList<string> circles = CirclesOf(project);
        Assert.True(circles.Count == 0, string.Join('\n', circles));
    }

    [Theory]
    [MemberData(nameof(Unmended))]
    public void What_is_mended_leaves_the_list(string project) => Assert.NotEmpty(CirclesOf(project));

    [Fact]
    public void A_circle_is_found_by_whatever_way_it_closes()
    {
        Assert.Empty(FolderGraph.Of(("A", "B"), ("B", "C"), ("A", "C"), ("D", "A")).Circles());
        Assert.Equal(["A -> B: ", "B -> C: ", "C -> A: "], FolderGraph.Of(("A", "B"), ("B", "C"), ("C", "A"), ("D", "A")).Circles());
    }

    private static IReadOnlyList<string> CirclesOf(string project) =>
        FolderGraph.Of(SourceProject.All.Single(candidate => candidate.Name == project)).Circles();
}
