using System.Diagnostics;
using Alignment.Inference.Pages;

namespace Alignment.Inference.Tests.Pages;

/// <summary>What the cache keeps, and in which order it gives up.</summary>
public sealed class PrefixCacheTests
{
    private readonly PagePool _pool = new(6);
    private readonly PrefixCache _cache;
    private readonly PrefixNode _root;

    public PrefixCacheTests()
    {
        _cache = new PrefixCache(_pool);
        _root = _cache.Root(new PrefixKey(null, null));
    }

    [Fact]
    public void The_least_recently_used_page_without_a_successor_goes_first()
    {
        PrefixNode a = Add(_root, 1), b = Add(a, 2), c = Add(_root, 3), d = Add(_root, 4);
        _cache.Touch(c);
        Assert.Equal([b, a, d, c], Evicted(a, b, c, d, touched: null));
        Assert.False(_cache.TryEvict());
        Assert.Equal((0, _pool.Count), (_cache.PageCount, _pool.FreeCount));
    }

    [Fact]
    public void Using_a_path_makes_all_of_it_recent()
    {
        PrefixNode a = Add(_root, 1), b = Add(a, 2), c = Add(_root, 3), d = Add(c, 4);
        Assert.Equal([d, c, b, a], Evicted(a, b, c, d, touched: b));
    }

    [Fact]
    public void A_page_that_somebody_uses_stays()
    {
        PrefixNode a = Add(_root, 1), b = Add(_root, 2);
        _pool.AddUser(a.Page);
        Assert.True(_cache.TryEvict());
        Assert.Null(_root.Child([2]));
        Assert.Same(a, _root.Child([1]));
        Assert.False(_cache.TryEvict());
        _pool.RemoveUser(a.Page);
        Assert.True(_cache.TryEvict());
        Assert.NotSame(a, b);
    }

    [Fact]
    public void Of_two_pages_of_the_same_tokens_the_first_stays()
    {
        PrefixNode first = Add(_root, 1);
        int page = _pool.TryTake();
        Assert.Same(first, _cache.Add(_root, [1], page));
        Assert.Equal((1, 1), (_cache.PageCount, _pool.Users(page)));
        Assert.Same(_root, _cache.Root(new PrefixKey(null, null)));
        Assert.NotSame(_root, _cache.Root(new PrefixKey("another", null)));
    }

    [Fact]
    public void An_old_page_goes_before_all_others_and_before_what_leads_to_it()
    {
        PrefixNode a = Add(_root, 1), b = Add(a, 2);
        PrefixNode old = Add(a, 3, isOld: true), older = Add(old, 4, isOld: true);
        Assert.Equal([older, old, b, a], Evicted(a, b, old, older, touched: null));
    }

    [Fact]
    public void What_was_in_use_when_it_was_the_oldest_comes_back_as_the_newest()
    {
        PrefixNode a = Add(_root, 1), b = Add(_root, 2), c = Add(_root, 3), d = Add(_root, 4);
        _pool.AddUser(a.Page);
        Assert.True(_cache.TryEvict());
        Assert.Null(_root.Child([2]));
        _pool.RemoveUser(a.Page);
        PrefixNode e = Add(_root, 5);
        Assert.Equal([c, d, a, e], Evicted(a, c, d, e, touched: null));
        Assert.NotSame(b, e);
    }

    [Fact]
    public void Giving_up_pages_does_not_look_at_all_that_are_in_use_again_and_again()
    {
        const int Used = 100_000, Others = 50_000;
        var pool = new PagePool(Used + Others);
        var cache = new PrefixCache(pool);
        PrefixNode root = cache.Root(new PrefixKey(null, null));
        for (int i = 0; i < Used; i++)
        {
            cache.Add(root, [i], pool.TryTake());
        }

        for (int i = 0; i < Others; i++)
        {
            int page = pool.TryTake();
            cache.Add(root, [-1 - i], page);
            pool.RemoveUser(page);
        }

        // Looking at all that are in use each time would be five thousand million looks: half a minute.
        long start = Stopwatch.GetTimestamp();
        int evicted = 0;
        while (cache.TryEvict())
        {
            evicted++;
        }

        Assert.Equal((Others, Used), (evicted, cache.PageCount));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5));
    }

    /// <summary>A page that only the cache uses.</summary>
    private PrefixNode Add(PrefixNode parent, int token, bool isOld = false)
    {
        int page = _pool.TryTake();
        PrefixNode node = _cache.Add(parent, [token], page, isOld);
        _pool.RemoveUser(page);
        return node;
    }

    /// <summary>In the order in which they leave; <paramref name="touched"/> is used first.</summary>
    private List<PrefixNode> Evicted(PrefixNode a, PrefixNode b, PrefixNode c, PrefixNode d, PrefixNode? touched)
    {
        List<PrefixNode> order = [];
        _cache.Touch(touched);
        int[] users = new int[_pool.Count];
        PrefixNode[] left = [a, b, c, d];
        while (left.Length > 0)
        {
            Assert.True(_cache.TryEvict());
            PrefixNode[] still = [.. left.Where(node => node.Parent!.Child(node.Tokens) == node)];
            order.AddRange(left.Except(still));
            left = still;
            Array.Clear(users);
            _cache.CountUsers(users);
            Assert.Equal(left.Select(node => node.Page).Order(), Enumerable.Range(0, users.Length).Where(page => users[page] == 1));
            Assert.Equal(left.Length, _cache.PageCount);
        }

        return order;
    }
}
