using Alignment.Compute.Contract;

namespace Alignment.Inference.Pages;

/// <summary>
/// All paths and the pages they share. Forks share pages; a page that is written while others use it is copied first; whole computed pages
/// are remembered by their tokens and reused by later paths. Single-threaded.
/// </summary>
internal sealed class TokenTree
{
    private const int Page = KvCache.PageSize;

    private readonly PagePool _pool;
    private readonly PrefixCache _cache;
    private readonly Action<int, int> _copyPage;
    private readonly int[] _counted;
    private int _count;

    /// <param name="pages">Pages of the cache.</param>
    /// <param name="copyPage">Copies the content of one page to another: source, destination.</param>
    public TokenTree(int pages, Action<int, int> copyPage)
    {
        _pool = new PagePool(pages);
        _cache = new PrefixCache(_pool);
        _copyPage = copyPage;
        _counted = new int[pages];
    }

    public int PageCount => _pool.Count;

    public int FreePages => _pool.FreeCount;

    /// <summary>Pages that the prefix cache keeps; some of them are in use by paths as well.</summary>
    public int CachedPages => _cache.PageCount;

    /// <summary>
    /// Takes over the pages of the longest computed prefix, where the path has none that the cache does not know. At least one token stays
    /// to be computed: its row is what the caller is after.
    /// </summary>
    /// <returns>Tokens that need not be computed, and that the path did not have before.</returns>
    public int Reuse(TokenPath path)
    {
        if (path.Pending <= Page || !path.HasOnlyCachedPages)
        {
            return 0;
        }

        int before = Math.Max(path.Computed, path.Paid);
        PrefixNode? node = Known(path) ?? _cache.Find(path.Key);
        while (path.Pending > Page && node?.Child(path.Tokens.Slice(path.Computed, Page)) is { } child)
        {
            node = child;
            _pool.AddUser(node.Page);
            path.AddPage(node.Page);
            path.Computed += Page;
        }

        if (path.PageCount > path.CachedPages)
        {
            _cache.Touch(node);
        }

        (path.Node, path.CachedPages, path.Paid) = (node, path.PageCount, Math.Max(path.Paid, path.Computed));
        return Math.Max(0, path.Computed - before);
    }

    /// <summary>A second path with the same tokens, over the same pages.</summary>
    public TokenPath Fork(TokenPath path)
    {
        var fork = new TokenPath(path.Key, path.Tokens, path.Capacity)
        {
            Computed = path.Computed,
            Paid = path.Paid,
            Node = path.Node,
            CachedPages = path.CachedPages,
            Trunk = Math.Min(path.Trunk ?? path.Length, path.Length),
        };
        for (int i = 0; i < path.PageCount; i++)
        {
            _pool.AddUser(path.Pages[i]);
            fork.AddPage(path.Pages[i]);
        }

        return fork;
    }

    /// <summary>Forgets the tokens after the first <paramref name="length"/>, and what was computed for them.</summary>
    public void Rewind(TokenPath path, int length)
    {
        path.Truncate(length);
        Forget(path, Math.Min(path.Computed, length));
    }

    /// <summary>
    /// Forgets what was computed beyond the first <paramref name="computed"/> tokens; the tokens stay known, and cost again what they cost.
    /// </summary>
    public void Forget(TokenPath path, int computed)
    {
        path.Paid = computed;
        Drop(path, computed);
    }

    /// <summary>
    /// Makes the pages of the next <paramref name="rows"/> tokens writable: copies a shared one, takes new ones, evicts where none is free.
    /// </summary>
    /// <returns>False when there are not enough pages; what was taken stays with the path.</returns>
    public bool TryReserve(TokenPath path, int rows)
    {
        int first = path.Computed / Page;
        if (first < path.PageCount && _pool.Users(path.Pages[first]) > 1 && !TryUnshare(path, first))
        {
            return false;
        }

        int needed = (path.Computed + rows + Page - 1) / Page;
        while (path.PageCount < needed)
        {
            int page = TakePage();
            if (page < 0)
            {
                return false;
            }

            path.AddPage(page);
        }

        return true;
    }

    /// <summary>
    /// Enters the whole pages that are computed into the prefix cache. Where two paths computed the same page, the second moves to the
    /// first one's: equal tokens have equal numbers, bit for bit. So a path uses every page that the cache has on it, and none of them can
    /// be evicted under it. Pages of a branch enter as the oldest: most branches of a search are never continued, and must not push out
    /// what others come back to. Allocates; call it once a chunk of a prompt and once at the end, not once a token.
    /// </summary>
    public void Remember(TokenPath path)
    {
        PrefixNode? node = Known(path);
        PrefixNode? used = node;
        while (path.CachedPages < path.Computed / Page)
        {
            int index = path.CachedPages++;
            bool isBranch = path.CachedPages * Page > path.Trunk;
            node = _cache.Add(node ?? _cache.Root(path.Key), path.Tokens.Slice(index * Page, Page), path.Pages[index], isBranch);
            used = isBranch ? used : node;
            _pool.AddUser(node.Page);
            _pool.RemoveUser(path.Pages[index]);
            path.Pages[index] = node.Page;
        }

        path.Node = node;
        _cache.Touch(used);
    }

    /// <summary>
    /// Gives all pages back; the prefix cache keeps the whole ones for a while. Computing them again is not the session's expense.
    /// </summary>
    public void Release(TokenPath path)
    {
        Remember(path);
        Drop(path, 0);
        path.Node = null;
    }

    /// <summary>Pages that a path lacks to compute its next rows, copies of shared ones not counted.</summary>
    public static int MissingPages(TokenPath path, int rows) => Math.Max(0, ((path.Computed + rows + Page - 1) / Page) - path.PageCount);

    /// <summary>Begins to count pages that several paths hold between them.</summary>
    public void StartCount() => _count++;

    /// <summary>Pages of a path that none counted before it has. Costs a walk over its page table.</summary>
    public int CountNew(TokenPath path)
    {
        int pages = 0;
        foreach (int page in path.Pages.AsSpan(0, path.PageCount))
        {
            pages += _counted[page] == _count ? 0 : 1;
            _counted[page] = _count;
        }

        return pages;
    }

    /// <summary>Compares every page's count with the paths and the cache that use it.</summary>
    /// <exception cref="InvalidOperationException">A page leaks, or is used without being counted.</exception>
    public void CheckIntegrity(IEnumerable<TokenPath> paths)
    {
        int[] users = new int[_pool.Count];
        _cache.CountUsers(users);
        foreach (TokenPath path in paths)
        {
            for (int i = 0; i < path.PageCount; i++)
            {
                users[path.Pages[i]]++;
            }
        }

        _pool.CheckIntegrity(users);
    }

    private void Drop(TokenPath path, int computed)
    {
        path.Computed = computed;
        int keep = (computed + Page - 1) / Page;
        while (path.PageCount > keep)
        {
            _pool.RemoveUser(path.RemovePage());
        }

        for (; path.CachedPages > computed / Page; path.CachedPages--)
        {
            path.Node = path.Node!.Parent;
        }
    }

    /// <summary>The deepest node with a page of the path. A root may have been forgotten since the path saw it.</summary>
    private static PrefixNode? Known(TokenPath path) => path.CachedPages > 0 ? path.Node : null;

    private bool TryUnshare(TokenPath path, int index)
    {
        int copy = TakePage();
        if (copy < 0)
        {
            return false;
        }

        _copyPage(path.Pages[index], copy);
        _pool.RemoveUser(path.Pages[index]);
        path.Pages[index] = copy;
        return true;
    }

    private int TakePage()
    {
        int page = _pool.TryTake();
        while (page < 0 && _cache.TryEvict())
        {
            page = _pool.TryTake();
        }

        return page;
    }
}
