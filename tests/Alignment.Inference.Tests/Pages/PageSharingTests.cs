using Alignment.Compute.Contract;
using Alignment.Inference.Pages;

namespace Alignment.Inference.Tests.Pages;

/// <summary>Which pages single operations of the token tree take, share and give back.</summary>
public sealed class PageSharingTests
{
    private const int Page = KvCache.PageSize;
    private const int PageCount = 6;

    private readonly List<(int Source, int Destination)> _copies = [];
    private readonly TokenTree _tree;

    public PageSharingTests() => _tree = new TokenTree(PageCount, (source, destination) => _copies.Add((source, destination)));

    [Fact]
    public void Two_paths_that_computed_the_same_end_up_on_the_same_pages()
    {
        TokenPath first = Computed(2 * Page), second = Computed(2 * Page);
        Assert.Equal(PageCount - 4, _tree.FreePages);
        _tree.Remember(first);
        _tree.Remember(second);
        Assert.Equal(first.Pages[..2], second.Pages[..2]);
        Assert.Equal((PageCount - 2, 2), (_tree.FreePages, _tree.CachedPages));
        _tree.CheckIntegrity([first, second]);
    }

    [Theory]
    [InlineData(2 * Page, Page)]
    [InlineData((2 * Page) + 1, 2 * Page)]
    [InlineData(Page, 0)]
    public void Of_a_computed_prefix_one_token_at_least_stays_to_be_computed(int length, int reused)
    {
        _tree.Release(Computed(2 * Page));
        TokenPath path = Path(length);
        Assert.Equal(reused, _tree.Reuse(path));
        Assert.Equal((reused, reused / Page, length - reused), (path.Computed, path.PageCount, path.Pending));
        Assert.Equal(PageCount - 2, _tree.FreePages);
        _tree.CheckIntegrity([path]);
    }

    [Fact]
    public void A_path_that_gets_too_few_pages_keeps_them_and_goes_on_when_others_leave()
    {
        TokenPath large = Path((PageCount - 1) * Page), small = Path(3 * Page);
        Assert.True(_tree.TryReserve(large, large.Length));
        Assert.False(_tree.TryReserve(small, small.Length));
        Assert.Equal((1, 0), (small.PageCount, _tree.FreePages));
        _tree.CheckIntegrity([large, small]);
        _tree.Release(large);
        Assert.True(_tree.TryReserve(small, small.Length));
        Assert.Equal((3, PageCount - 3), (small.PageCount, _tree.FreePages));
    }

    [Fact]
    public void Pages_of_the_cache_are_given_up_for_paths_and_those_of_paths_are_not()
    {
        _tree.Release(Computed(2 * Page));
        TokenPath used = Path((2 * Page) + 1, first: 9);
        Assert.True(_tree.TryReserve(used, used.Length));
        Assert.Equal((PageCount - 5, 2), (_tree.FreePages, _tree.CachedPages));
        TokenPath other = Path(3 * Page, first: 5);
        Assert.True(_tree.TryReserve(other, other.Length));
        Assert.Equal((0, 0), (_tree.FreePages, _tree.CachedPages));
        Assert.False(_tree.TryReserve(Path(1), 1));
    }

    [Fact]
    public void A_shared_page_that_cannot_be_copied_stays_shared()
    {
        TokenPath path = Computed(Page + 3), rest = Path((PageCount - 2) * Page);
        Assert.True(_tree.TryReserve(rest, rest.Length));
        TokenPath fork = _tree.Fork(path);
        Assert.False(_tree.TryReserve(fork, 1));
        Assert.Equal(path.Pages[1], fork.Pages[1]);
        _tree.Release(rest);
        Assert.True(_tree.TryReserve(fork, 1));
        Assert.Equal([(path.Pages[1], fork.Pages[1])], _copies);
        Assert.True(_tree.TryReserve(path, 1));
        Assert.Single(_copies);
        _tree.CheckIntegrity([path, fork]);
    }

    [Fact]
    public void The_first_page_is_a_page_like_any_other()
    {
        TokenPath[] whole = [.. Enumerable.Range(0, PageCount).Select(i => Computed(1, first: 10 * i))];
        TokenPath fork = _tree.Fork(whole[1]);
        TokenPath first = Assert.Single(whole, path => path.Pages[0] == 0);
        _tree.Release(first);
        Assert.True(_tree.TryReserve(fork, 1));
        Assert.Equal(0, fork.Pages[0]);
    }

    [Fact]
    public void A_fork_at_the_end_of_a_page_copies_nothing()
    {
        TokenPath path = Computed(Page);
        TokenPath fork = _tree.Fork(path);
        Assert.True(_tree.TryReserve(fork, 1));
        Assert.Empty(_copies);
        Assert.Equal((path.Pages[0], 2), (fork.Pages[0], fork.PageCount));
    }

    [Theory]
    [InlineData((2 * Page) + 3, 3, 2)]
    [InlineData((2 * Page) + 1, 3, 2)]
    [InlineData(2 * Page, 2, 2)]
    [InlineData((2 * Page) - 1, 2, 1)]
    [InlineData(1, 1, 0)]
    [InlineData(0, 0, 0)]
    public void What_is_rewound_gives_its_pages_back(int length, int pages, int cached)
    {
        TokenPath path = Computed((2 * Page) + 3);
        _tree.Remember(path);
        PrefixNode deepest = path.Node!;
        _tree.Rewind(path, length);
        Assert.Equal((length, length, pages, cached), (path.Length, path.Computed, path.PageCount, path.CachedPages));
        Assert.Same(cached == 2 ? deepest : cached == 1 ? deepest.Parent : deepest.Parent!.Parent, path.Node);
        _tree.CheckIntegrity([path]);
    }

    [Fact]
    public void Rewinding_tokens_that_are_not_computed_forgets_nothing()
    {
        TokenPath path = Computed(Page);
        path.Append(1);
        path.Append(2);
        _tree.Rewind(path, Page + 1);
        Assert.Equal((Page + 1, Page, 1), (path.Length, path.Computed, path.PageCount));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_used_last_stays_longest(bool reused)
    {
        TokenPath old = Computed(Page), young = Computed(Page, first: 7);
        _tree.Remember(old);
        _tree.Remember(young);
        _tree.Release(young);
        if (reused)
        {
            TokenPath again = Path(Page + 1);
            _tree.Reuse(again);
            _tree.Forget(again, 0);
            _tree.Forget(old, 0);
        }
        else
        {
            _tree.Release(old);
        }

        TokenPath large = Path((PageCount - 1) * Page, first: 9);
        Assert.True(_tree.TryReserve(large, large.Length));
        Assert.Equal(Page, _tree.Reuse(Path(Page + 1)));
        Assert.Equal(0, _tree.Reuse(Path(Page + 1, first: 7)));
    }

    [Fact]
    public void Branches_of_a_search_do_not_push_out_what_came_before_them()
    {
        _tree.Release(Computed(Page, first: 100));
        TokenPath trunk = Computed(Page);
        _tree.Remember(trunk);
        TokenPath[] branches = [_tree.Fork(trunk), _tree.Fork(trunk)];
        _tree.Release(trunk);
        foreach (TokenPath branch in branches)
        {
            Enumerable.Range(50, Page).ToList().ForEach(token => branch.Append(token + branches.ToList().IndexOf(branch)));
            Assert.True(_tree.TryReserve(branch, Page));
            branch.Computed += Page;
            _tree.Release(branch);
        }

        Assert.Equal((PageCount - 4, 4), (_tree.FreePages, _tree.CachedPages));
        TokenPath next = Path((PageCount - 2) * Page, first: 9);
        Assert.True(_tree.TryReserve(next, next.Length));
        Assert.Equal(Page, _tree.Reuse(Path(Page + 1, first: 100)));
        Assert.Equal(Page, _tree.Reuse(Path(Page + 1)));
    }

    [Fact]
    public void The_memory_of_a_path_grows_with_it()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var path = new TokenPath(new PrefixKey(null, null), [1, 2, 3], capacity: 1 << 20);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000);
        while (path.Length < path.Capacity)
        {
            path.Append(path.Length);
        }

        Assert.Equal([1, 2, 3, .. Enumerable.Range(3, (1 << 20) - 3)], path.Tokens.ToArray());
        Assert.Throws<InvalidOperationException>(() => path.Append(1));
    }

    [Fact]
    public void What_was_computed_before_its_pages_were_lost_is_paid_once()
    {
        TokenPath path = Path(3 * Page);
        Assert.True(_tree.TryReserve(path, path.Length));
        Assert.Equal(Page, path.Advance(Page));
        _tree.Release(path);
        Assert.Equal(0, _tree.Reuse(path));
        Assert.Equal(Page, path.Computed);
        Assert.Equal(2 * Page, path.Advance(2 * Page));
        _tree.Release(path);
        Assert.Equal(0, path.Advance(Page));
        Assert.Equal(3 * Page, _tree.Fork(path).Paid);
        _tree.Rewind(path, Page - 1);
        Assert.Equal(Page - 1, path.Paid);
    }

    [Fact]
    public void A_page_that_is_used_and_not_counted_or_counted_and_not_used_is_found()
    {
        TokenPath path = Computed(3);
        _tree.CheckIntegrity([path]);
        Assert.Throws<InvalidOperationException>(() => _tree.CheckIntegrity([]));
        Assert.Throws<InvalidOperationException>(() => _tree.CheckIntegrity([path, path]));
    }

    [Fact]
    public void Tokens_of_a_page_are_compared_in_their_order()
    {
        PageTokens comparer = PageTokens.Comparer;
        int[] tokens = [1, 2, 3];
        Assert.True(comparer.Equals(tokens, [1, 2, 3]));
        Assert.False(comparer.Equals(tokens, [1, 3, 2]));
        Assert.True(comparer.Equals(tokens.AsSpan(), comparer.Create([1, 2, 3])));
        Assert.False(comparer.Equals(tokens.AsSpan(), [1, 2]));
        Assert.Equal(comparer.GetHashCode(tokens), comparer.GetHashCode(tokens.AsSpan()));
        Assert.NotEqual(comparer.GetHashCode(tokens), comparer.GetHashCode([1, 3, 2]));
    }

    private static TokenPath Path(int length, int first = 0)
        => new(new PrefixKey(null, null), [.. Enumerable.Range(first, length)], PageCount * Page);

    private TokenPath Computed(int length, int first = 0)
    {
        TokenPath path = Path(length, first);
        Assert.True(_tree.TryReserve(path, length));
        path.Computed = length;
        return path;
    }
}
