using System.Runtime.CompilerServices;
using Alignment.Compute.Contract;
using Alignment.Compute.Contract.Random;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Pages;
using Alignment.Inference.Sessions;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Tests.Pages;

/// <summary>
/// The token tree under random operations. The pages hold, in the place of keys and values, a hash of everything that they would depend on;
/// after every operation each path must find in its pages what computing it from scratch would have put there, and every page must be
/// counted.
/// </summary>
public sealed class TokenTreeTests
{
    private const int PageSize = KvCache.PageSize;
    private const int PageCount = 24;
    private const int Capacity = 8 * PageSize;


    private readonly long[] _content = new long[PageCount * PageSize];
    private readonly List<TokenPath> _paths = [];
    private readonly TokenTree _tree;
    private ulong _draws;
    private ulong _seed;
    private int _reused;

    public TokenTreeTests() => _tree = new TokenTree(PageCount, CopyPage);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Many_random_operations_leave_what_computing_from_scratch_gives_and_leak_no_page(ulong seed) => Operate(seed, 25_000);

    /// <summary>The same within milliseconds, for those who run it a hundred times (tests/mutation).</summary>
    [Fact]
    public void Random_operations_leave_what_computing_from_scratch_gives_and_leak_no_page() => Operate(seed: 5, 1_000);

    [Fact]
    public void A_fork_shares_every_page_until_it_writes_to_the_last()
    {
        TokenPath path = Create([.. Enumerable.Range(0, PageSize + 3)]);
        Compute(path, path.Length);
        TokenPath fork = _tree.Fork(path);
        _paths.Add(fork);
        Assert.Equal(PageCount - 2, _tree.FreePages);
        fork.Append(7);
        Compute(fork, 1);
        Assert.Equal(PageCount - 3, _tree.FreePages);
        Assert.Equal(path.Pages[0], fork.Pages[0]);
        Assert.NotEqual(path.Pages[1], fork.Pages[1]);
        _paths.ForEach(RequireContent);
    }

    [Fact]
    public void Paths_of_another_salt_never_share_a_page()
    {
        int[] tokens = [.. Enumerable.Range(0, 3 * PageSize)];
        TokenPath first = Create(tokens);
        Compute(first, tokens.Length);
        _tree.Remember(first);
        Assert.Equal(0, _tree.Reuse(new TokenPath(new PrefixKey("other", null), tokens, Capacity)));
        Assert.Equal(2 * PageSize, _tree.Reuse(new TokenPath(new PrefixKey(null, null), tokens, Capacity)));
    }

    /// <summary>Clients name salts, and may name another one with every request.</summary>
    [Theory]
    [InlineData(PageSize / 2), InlineData(3 * PageSize)]
    public void No_key_outlives_its_pages(int length)
    {
        WeakReference salt = Use(length);
        Evict();
        GC.Collect();
        Assert.False(salt.IsAlive);
    }

    /// <summary>A salt that nobody else has, of a path that is computed and given back.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference Use(int length)
    {
        string salt = new('s', 3);
        var path = new TokenPath(new PrefixKey(salt, null), new int[length], Capacity);
        _tree.Reuse(path);
        Compute(path, length);
        _tree.Release(path);
        return new WeakReference(salt);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Evict()
    {
        var whole = new TokenPath(default, new int[PageCount * PageSize], PageCount * PageSize);
        Assert.True(_tree.TryReserve(whole, whole.Length));
        _tree.Release(whole);
    }

    private void Operate(ulong seed, int operations)
    {
        _seed = seed;
        for (int operation = 0; operation < operations; operation++)
        {
            Mutate();
            _tree.CheckIntegrity(_paths);
            _paths.ForEach(RequireContent);
        }

        Assert.True(_reused > operations * 2 / 5, $"only {_reused} tokens came from the prefix cache");
        _paths.ForEach(_tree.Release);
        _tree.CheckIntegrity([]);
        var whole = new TokenPath(new PrefixKey("nobody's", null), new int[PageCount * PageSize], PageCount * PageSize);
        Assert.True(_tree.TryReserve(whole, whole.Length));
    }

    private void Mutate()
    {
        int kind = Draw(100);
        if (_paths.Count == 0 || (kind < 8 && _paths.Count < 12))
        {
            // Few tokens, few lengths: many paths begin alike.
            TokenPath created = Create(
                [.. Enumerable.Range(0, 1 + Draw(Capacity / 2)).Select(i => i % PageSize == 3 ? Draw(2) : 0)], Key(Draw(3)));
            _reused += _tree.Reuse(created);
            return;
        }

        TokenPath path = _paths[Draw(_paths.Count)];
        switch (kind)
        {
            case < 16 when _paths.Count < 12:
                _paths.Add(_tree.Fork(path));
                break;
            case < 24:
                _tree.Rewind(path, Draw(path.Length) + 1);
                break;
            case < 30:
                _tree.Remember(path);
                break;
            case < 36:
                _tree.Release(path);
                _reused += _tree.Reuse(path);
                break;
            case < 42:
                _tree.Release(path);
                _paths.Remove(path);
                break;
            case < 65 when path.Length < Capacity - PageSize:
                Append(path, 1 + Draw(PageSize));
                break;
            case < 70 when path.Pending == 0:
                _tree.Forget(path, path.Length - 1);
                break;
            default:
                Compute(path, Math.Min(path.Pending, 1 + Draw(40)));
                break;
        }
    }

    private int Draw(int count) => (int)(Philox.Uniform(_seed, _draws++, 0) * count);

    /// <summary>Edits are equal by their values, so they are made anew each time.</summary>
    private static PrefixKey Key(int kind) => kind switch
    {
        0 => new PrefixKey(null, null),
        1 => new PrefixKey("tenant", null),
        _ => new PrefixKey(null, null, EditSet.Of([new HiddenEdit(new HiddenPlace(1), null!, Vector: 0, Strength: 0.5f)])),
    };

    private TokenPath Create(int[] tokens, PrefixKey key = default)
    {
        var path = new TokenPath(key, tokens, Capacity);
        _paths.Add(path);
        return path;
    }

    private void Append(TokenPath path, int count)
    {
        for (int i = 0; i < count; i++)
        {
            path.Append(Draw(10) == 0 ? 1 : 0);
        }
    }

    /// <summary>What the planner does: reserve, drop someone else where pages are short, write.</summary>
    private void Compute(TokenPath path, int rows)
    {
        while (rows > 0 && !_tree.TryReserve(path, rows))
        {
            TokenPath? victim = _paths.Find(other => other != path && other.PageCount > 0);
            Assert.NotNull(victim);
            _tree.Release(victim);
        }

        for (int row = 0; row < rows; row++, path.Computed++)
        {
            _content[Slot(path, path.Computed)] = Chain(path)[path.Computed];
        }
    }

    private void CopyPage(int source, int destination) =>
        Array.Copy(_content, source * PageSize, _content, destination * PageSize, PageSize);

    private void RequireContent(TokenPath path)
    {
        long[] expected = Chain(path);
        for (int position = 0; position < path.Computed; position++)
        {
            Assert.Equal(expected[position], _content[Slot(path, position)]);
        }
    }

    private static int Slot(TokenPath path, int position) => (path.Pages[position / PageSize] * PageSize) + (position % PageSize);

    /// <summary>From scratch: position p depends on the key and on tokens 0 to p.</summary>
    private static long[] Chain(TokenPath path)
    {
        long hash = (path.Key.Salt is null ? 17 : 19) + (path.Key.Edits is { } edits ? (long)(100 * edits.Edits[0].Strength) : 0);
        long[] chain = new long[path.Length];
        for (int position = 0; position < path.Length; position++)
        {
            hash = ((hash * 6364136223846793005) + path.Tokens[position] + 1442695040888963407) ^ (hash >>> 29);
            chain[position] = hash;
        }

        return chain;
    }
}
