using Alignment.Compute.Contract;
using Alignment.Inference.Pages;

namespace Alignment.Inference.Tests.Pages;

/// <summary>What a path knows of itself and of others, at both sides of every bound.</summary>
public sealed class TokenPathTests
{
    private const int Page = KvCache.PageSize;

    private readonly TokenTree _tree = new(8, (_, _) => { });

    [Theory]
    [InlineData(0, 0, 0, true)]
    [InlineData(1, 1, Page, true)]
    [InlineData(1, 0, 0, false)] // set aside
    [InlineData(1, 0, Page, false)] // computed, and not in the cache
    [InlineData(1, 1, Page - 1, false)]
    public void Pages_of_the_cache_alone_are_those_that_are_computed_and_counted_there(int pages, int cached, int computed, bool only)
    {
        TokenPath path = Path(3 * Page);
        Enumerable.Range(0, pages).ToList().ForEach(path.AddPage);
        (path.CachedPages, path.Computed) = (cached, computed);
        Assert.Equal(only, path.HasOnlyCachedPages);
    }

    /// <summary>One token stays to be computed, and the other path has not brought the page there yet.</summary>
    [Theory]
    [InlineData(0, Page + 1, Page, 0, true)]
    [InlineData(0, Page, Page, 0, false)]
    [InlineData(0, Page + 1, Page - 1, 0, false)]
    [InlineData(0, Page + 1, 2 * Page, 1, false)]
    [InlineData(1, (2 * Page) + 1, 2 * Page, 1, true)]
    [InlineData(1, (2 * Page) + 1, 2 * Page, 0, true)]
    [InlineData(1, (2 * Page) + 1, 3 * Page, 2, false)]
    [InlineData(1, 2 * Page, 2 * Page, 1, false)]
    public void The_next_page_is_taken_of_a_path_that_is_about_to_compute_it(int own, int length, int other, int cached, bool takes)
    {
        TokenPath path = Path(length), ahead = Path(other);
        Cache(path, own);
        Cache(ahead, cached);
        Assert.Equal(takes, path.CanTakeNextPageOf(ahead));
    }

    [Fact]
    public void The_next_page_is_taken_of_another_path_of_the_same_key_that_begins_alike()
    {
        TokenPath path = Path(Page + 5);
        Assert.False(path.CanTakeNextPageOf(path));
        int[] tokens = path.Tokens.ToArray();
        Assert.False(path.CanTakeNextPageOf(new TokenPath(new PrefixKey("salt", null), tokens, 64)));
        Assert.False(path.CanTakeNextPageOf(new TokenPath(default, [.. tokens[..(Page - 1)], 99, .. tokens[Page..]], 64)));
        Assert.True(path.CanTakeNextPageOf(new TokenPath(default, [.. tokens[..Page], 99], 64)));
        path.AddPage(0);
        Assert.False(path.CanTakeNextPageOf(new TokenPath(default, tokens, 64)));
    }

    [Fact]
    public void A_path_takes_no_token_beyond_its_capacity()
    {
        TokenPath path = new(default, [1], capacity: 70);
        for (int i = 1; i < 70; i++)
        {
            path.Append(i);
        }

        Assert.Throws<InvalidOperationException>(() => path.Append(70));
        Assert.Equal((70, 69), (path.Length, path.Tokens[^1]));
    }

    [Fact]
    public void A_trunk_ends_where_the_path_was_cut_and_forks_of_forks_keep_it()
    {
        TokenPath path = Path(5), fork = _tree.Fork(path);
        path.Truncate(4);
        Assert.Equal((null, 5), (path.Trunk, fork.Trunk));
        fork.Append(1);
        fork.Append(2);
        Assert.Equal(5, _tree.Fork(fork).Trunk);
        fork.Truncate(6);
        Assert.Equal(5, fork.Trunk);
        fork.Truncate(3);
        Assert.Equal((3, 3), (fork.Trunk, _tree.Fork(fork).Trunk));
    }

    /// <summary>Every page has the same tokens, so that a page of the wrong place would fit.</summary>
    [Fact]
    public void A_path_goes_on_where_it_is_and_not_where_the_cache_begins()
    {
        TokenPath first = Same(Page), path = Same(4 * Page);
        Compute(first);
        _tree.Release(first);
        Assert.Equal(Page, _tree.Reuse(path));
        TokenPath longer = Same(3 * Page);
        Compute(longer);
        _tree.Remember(longer);
        Assert.Equal(2 * Page, _tree.Reuse(path));
        Assert.Equal(longer.Pages[..3], path.Pages[..3]);
        TokenPath own = Same(4 * Page);
        Assert.True(_tree.TryReserve(own, Page));
        own.Computed = Page;
        Assert.Equal(0, _tree.Reuse(own));
        Assert.Equal(1, own.PageCount);
        _tree.CheckIntegrity([path, longer, own]);
    }

    [Fact]
    public void What_was_paid_stays_paid_where_less_is_found()
    {
        TokenPath first = Same(Page), path = Same(4 * Page);
        Compute(first);
        _tree.Release(first);
        path.Paid = 3 * Page;
        Assert.Equal(0, _tree.Reuse(path));
        Assert.Equal((Page, 3 * Page), (path.Computed, path.Paid));
    }

    private void Compute(TokenPath path)
    {
        Assert.True(_tree.TryReserve(path, path.Length - path.Computed));
        path.Computed = path.Length;
    }

    private static void Cache(TokenPath path, int pages)
    {
        Enumerable.Range(0, pages).ToList().ForEach(path.AddPage);
        (path.CachedPages, path.Computed) = (pages, pages * Page);
    }

    private static TokenPath Path(int length) => new(default, [.. Enumerable.Range(0, length)], 8 * Page);

    private static TokenPath Same(int length) => new(default, [.. Enumerable.Repeat(7, length)], 8 * Page);
}
