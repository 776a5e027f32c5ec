namespace Alignment.Decoding.Tests;

public class ProblemCollectionTests
{
    [Fact]
    public void ManyProblemsAreCountedButNotKept()
    {
        ProblemCollection problems = [.. Enumerable.Range(0, 100_000).Select(i => new RequestProblem($"stop[{i}]", "is wrong"))];
        Assert.Equal(100_000, problems.Count);
        Assert.Equal(ProblemCollection.MaxKept, problems.ToArray().Length);
        Assert.StartsWith("stop[0]: is wrong; stop[1]: is wrong", problems.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("stop[19]: is wrong; and 99980 more", problems.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void TheSameProblemIsNotedOnce()
    {
        ProblemCollection problems = [new("n", "is wrong"), new("n", "is wrong"), new("n", "is something else")];
        Assert.Equal("n: is wrong; n: is something else", problems.ToString());
    }

    [Fact]
    public void WhatAnotherCollectionDidNotKeepIsStillCounted()
    {
        ProblemCollection problems = [new("model", "is required")];
        problems.AddRange([.. Enumerable.Range(0, 30).Select(i => new RequestProblem($"stop[{i}]", "is wrong"))]);
        Assert.Equal(31, problems.Count);
        Assert.EndsWith("and 11 more", problems.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void LongTextsAreCutAtWholeCharacters()
    {
        string faces = string.Concat(Enumerable.Repeat("\U0001F600", 5000));
        ProblemCollection problems = [new("x" + faces, "y" + faces)];
        RequestProblem problem = Assert.Single(problems);
        Assert.True(problem.Path.Length + problem.Message.Length < 600);
        Assert.DoesNotContain("\uFFFD", System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(problem.ToString())), StringComparison.Ordinal);
    }
}
