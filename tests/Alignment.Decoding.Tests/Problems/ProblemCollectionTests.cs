using System.Text.Encodings.Web;
using System.Text.Json;
using Alignment.Decoding.Problems;

namespace Alignment.Decoding.Tests.Problems;

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

    /// <summary>
    /// What an answer has no room for is known all the same: nothing that follows from it is said, and nothing is counted twice.
    /// </summary>
    [Fact]
    public void WhatIsNotKeptIsTouchedToo()
    {
        ProblemCollection problems = [.. Enumerable.Range(0, 30).Select(i => new RequestProblem($"stop[{i}]", "is wrong"))];
        Assert.True(problems.Touch("stop[25]"));
        Assert.True(problems.Touch("stop[25].text"));
        Assert.True(problems.Touch("stop"));
        Assert.False(problems.Touch("stop[30]"));
        Assert.False(problems.Touch("messages"));
        problems.Add(new RequestProblem("stop[25]", "is wrong"));
        Assert.Equal(30, problems.Count);
        problems.AddRange([.. problems]);
        Assert.Equal(30, problems.Count);
    }

    [Fact]
    public void WhereThereIsNoEndOfProblemsEveryFieldMayBeTouched()
    {
        ProblemCollection problems = [.. Enumerable.Range(0, 100_000).Select(i => new RequestProblem($"stop[{i}]", "is wrong"))];
        Assert.True(problems.Touch("stop[99999]"));
        Assert.True(problems.Touch("messages"));
    }

    [Fact]
    public void WhatAnotherCollectionDidNotKeepIsStillCounted()
    {
        ProblemCollection problems = [new("model", "is required")];
        problems.AddRange([.. Enumerable.Range(0, 30).Select(i => new RequestProblem($"stop[{i}]", "is wrong"))]);
        Assert.Equal(31, problems.Count);
        Assert.EndsWith("and 11 more", problems.ToString(), StringComparison.Ordinal);
    }

    /// <summary>More than are known one by one.</summary>
    [Fact]
    public void WhatAnotherCollectionOnlyCountedIsCountedToo()
    {
        ProblemCollection problems = [new("model", "is required")];
        problems.AddRange([.. Enumerable.Range(0, 1000).Select(i => new RequestProblem($"stop[{i}]", "is wrong"))]);
        Assert.Equal(1001, problems.Count);
    }

    [Fact]
    public void LongTextsAreCutAtWholeCharacters()
    {
        string faces = string.Concat(Enumerable.Repeat("\U0001F600", 5000));
        ProblemCollection problems = [new("x" + faces, "y" + faces)];
        RequestProblem problem = Assert.Single(problems);
        Assert.True(problem.Path.Length + problem.Message.Length < 600);
        Assert.DoesNotContain(
            "\uFFFD",
            System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(problem.ToString())),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\u0001")]
    [InlineData("\ue000")]
    [InlineData("\u4e2d")]
    [InlineData("\U0001F600")]
    [InlineData("\ud83d")]
    [InlineData("\"")]
    public void WhatIsKeptFitsAnAnswerWhateverItsCharacters(string character)
    {
        string text = string.Concat(Enumerable.Repeat(character, 1000));
        ProblemCollection problems = [.. Enumerable.Range(0, 50).Select(i => new RequestProblem($"{i}{text}", text))];
        Assert.NotEmpty(problems);
        Assert.Equal(50, problems.Count);
        Assert.EndsWith($"and {50 - problems.ToArray().Length} more", problems.ToString(), StringComparison.Ordinal);
        JsonEncodedText json = JsonEncodedText.Encode(problems.ToString(), JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        Assert.InRange(json.EncodedUtf8Bytes.Length, 100, ProblemCollection.MaxBytes + 50);
    }

    /// <summary>Path, message, the colon between them and the separator behind them: six of the largest leave ninety-six bytes.</summary>
    [Theory]
    [InlineData(90, 7)]
    [InlineData(91, 6)]
    public void WhatFillsTheRoomToItsLastByteIsKept(int lastMessage, int kept)
    {
        IEnumerable<string> paths = Enumerable.Range(0, 6).Select(i => $"{i}".PadLeft(100, 'p'));
        ProblemCollection problems = [.. paths.Select(path => new RequestProblem(path, new string('m', 380)))];
        problems.Add(new RequestProblem("nn", new string('m', lastMessage)));
        Assert.Equal((7, kept), (problems.Count, problems.ToArray().Length));
        Assert.Equal(kept == 7 ? ProblemCollection.MaxBytes - 2 : 6 * 484 - 2, string.Join("; ", problems).Length);
    }

    [Theory]
    [InlineData("messages", true)]
    [InlineData("messages[0]", true)]
    [InlineData("messages[0].role", true)]
    [InlineData("messages[0].role.x", true)]
    [InlineData("messages[0].role[1]", true)]
    [InlineData("messages[1]", false)]
    [InlineData("messages[0].roles", false)]
    [InlineData("messages[0].rol", false)]
    [InlineData("message", false)]
    [InlineData("role", false)]
    public void AProblemTouchesWhatItIsAPartOfAndItsParts(string path, bool touched)
    {
        ProblemCollection problems = [new("n", "is wrong"), new("messages[0].role", "is wrong")];
        Assert.Equal(touched, problems.Touch(path));
    }
}
