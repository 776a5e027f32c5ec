using System.Text;
using Alignment.Decoding.Problems;
using Alignment.Server.Requests.Bodies;

namespace Alignment.Server.Tests.Bodies;

/// <summary>How many parts a body may have, and where a name stands that is given twice.</summary>
public sealed class BodyShapeTests
{
    private const int Fields = BodyShape.MaxFields;
    private const int Items = BodyShape.MaxItems;

    [Theory]
    [InlineData("""{"a": 1, "a": 2}""", "a")]
    [InlineData("""{"a": {"b": 1, "c": 2, "b": 3}}""", "a.b")]
    [InlineData("""{"x": 0, "a": [1, {"b": 1, "b": 2}]}""", "a[1].b")]
    [InlineData("""{"a": [[0], [0, "x", {"b": 1, "b": 2}]]}""", "a[1][2].b")]
    [InlineData("""[{"b": 1, "b": 2}]""", "[0].b")]
    [InlineData("""{"a": {"a": 1}, "a": 2}""", "a")]
    public void A_name_that_is_given_twice_is_told_with_its_place(string json, string path)
        => Assert.Equal([$"{path}: is given twice"], Problems(json));

    [Theory]
    [InlineData("""{"a": {"a": {"a": 1}}}""")]
    [InlineData("""[{"a": 1}, {"a": 1}, {"b": {"a": 1}, "c": {"a": 1}}]""")]
    [InlineData("""{"a": 1, "A": 1}""")]
    [InlineData("7")]
    public void A_name_may_stand_in_several_objects(string json) => Assert.Empty(Problems(json));

    [Fact]
    public void The_bounds_themselves_are_kept()
    {
        Assert.Empty(Problems($"{{{Names(Fields)}}}"));
        Assert.Empty(Problems($"[{Repeated("\"x\"", Items)}]"));
        Assert.Empty(Problems($$"""{"a": {{{Names(Fields)}}}, "b": {{{Names(Fields)}}} }"""));
        Assert.Empty(Problems($$"""{"a": [{{Repeated("{}", Items)}}], "b": [{{Repeated("{}", Items)}}]}"""));
    }

    [Fact]
    public void Beyond_them_is_refused_with_the_place_of_what_is_too_large()
    {
        Assert.Equal([$"body: has more than {Fields} fields"], Problems($"{{{Names(Fields + 1)}}}"));
        Assert.Equal([$"body: has more than {Items} items"], Problems($"[{Repeated("true", Items + 1)}]"));
        Assert.Equal([$"a: has more than {Items} items"], Problems($$"""{"a": [{{Repeated("[]", Items + 1)}}]}"""));
        Assert.Equal([$"a[1]: has more than {Fields} fields"], Problems($$"""{"a": [{}, {{{Names(Fields + 1)}}}]}"""));
        Assert.Equal([$"a[2]: has more than {Items} items"], Problems($$"""{"a": [{"b": 1}, 0, [{{Repeated("null", Items + 1)}}]]}"""));
    }

    [Fact]
    public void Numbers_are_free_and_what_stands_among_them_is_counted()
    {
        Assert.Empty(Problems($"[{Repeated("1", 3 * Items)}]"));
        Assert.Empty(Problems($"[{Repeated("1, \"x\"", Items)}]"));
        Assert.Single(Problems($"[{Repeated("1, \"x\"", Items + 1)}]"));
    }

    /// <summary>A hostile list is not read to its end.</summary>
    [Fact]
    public void What_follows_too_many_parts_is_not_looked_at()
        => Assert.Equal([$"body: has more than {Items} items"], Problems($"[{Repeated("{}", Items + 1)}, {{\"a\": 1, \"a\": 2}}]"));

    [Fact]
    public void Nesting_has_a_bound()
    {
        Assert.Empty(Problems("[[[1]]]", maxDepth: 3));
        Assert.Equal(["[0]: has lists and objects in each other, deeper than 3"], Problems("[[[[1]]]]", maxDepth: 3));
        Assert.Equal(["a: has lists and objects in each other, deeper than 3"], Problems("""{"a": [[{"b": 1}]]}""", maxDepth: 3));
    }

    private static string[] Problems(string json, int maxDepth = 8)
    {
        ProblemCollection problems = [];
        try
        {
            BodyShape.Check(Encoding.UTF8.GetBytes(json), maxDepth, problems);
        }
        catch (InvalidRequestException refused)
        {
            Assert.Same(problems, refused.Problems);
        }

        return [.. problems.Select(problem => problem.ToString())];
    }

    private static string Names(int count) => string.Join(',', Enumerable.Range(0, count).Select(i => $"\"n{i}\": {i}"));

    private static string Repeated(string item, int count) => string.Join(',', Enumerable.Repeat(item, count));
}
