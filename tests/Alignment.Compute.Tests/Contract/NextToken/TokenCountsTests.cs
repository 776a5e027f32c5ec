using Alignment.Compute.Contract.NextToken;

namespace Alignment.Compute.Tests.Contract.NextToken;

public sealed class TokenCountsTests
{
    [Fact]
    public void A_copy_has_what_was_counted_and_nothing_else()
    {
        TokenCounts counts = new();
        counts.AddPrompt(3);
        counts.AddResponse(3);
        counts.AddResponse(5, 2);
        TokenCounts copy = new();
        copy.AddResponse(9);
        copy.CopyFrom(counts);
        counts.AddResponse(5, -1);
        Assert.Equal([(3, 1, 1), (5, 0, 2)], Occurrences(copy));
        counts.AddResponse(5, -1);
        counts.AddPrompt(3, -1);
        Assert.Equal([(3, 0, 1)], Occurrences(counts));
        Assert.Equal(1, counts.Count);
    }

    private static List<(int Token, int Prompt, int Response)> Occurrences(TokenCounts counts)
    {
        List<(int, int, int)> list = [];
        foreach ((int token, TokenCounts.Occurrences occurrences) in counts)
        {
            list.Add((token, occurrences.Prompt, occurrences.Response));
        }

        list.Sort();
        return list;
    }
}
