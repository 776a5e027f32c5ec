using Alignment.Compute.Contract.NextToken;

namespace Alignment.Compute.Tests.Contract.NextToken;

/// <summary>At every bit of every word, around the ends of words.</summary>
public sealed class TokenMaskTests
{
    [Theory]
    [InlineData(1, 1), InlineData(63, 1), InlineData(64, 1), InlineData(65, 2), InlineData(128, 2), InlineData(130, 3)]
    public void A_token_is_a_bit_of_its_own(int vocabulary, int words)
    {
        TokenMask mask = new(vocabulary);
        Assert.Equal(words, mask.Words.Length);
        for (int token = 0; token < vocabulary; token++)
        {
            mask[token] = true;
            Assert.Equal([token], Allowed(mask));
            Assert.Equal(1UL << (token % 64), mask.Words[token / 64]);
            mask[token] = false;
            Assert.Empty(Allowed(mask));
        }
    }

    [Theory]
    [InlineData(64), InlineData(130)]
    public void What_is_filled_or_copied_is_allowed_token_by_token(int vocabulary)
    {
        TokenMask mask = new(vocabulary);
        mask.Fill(allowed: true);
        Assert.Equal(Enumerable.Range(0, vocabulary), Allowed(mask));
        mask[vocabulary - 1] = false;
        TokenMask copy = new(vocabulary);
        copy.CopyFrom(mask);
        mask.Fill(allowed: false);
        Assert.Empty(Allowed(mask));
        Assert.Equal(Enumerable.Range(0, vocabulary - 1), Allowed(copy));
    }

    private static IEnumerable<int> Allowed(TokenMask mask) => Enumerable.Range(0, mask.Vocabulary).Where(token => mask[token]);
}
