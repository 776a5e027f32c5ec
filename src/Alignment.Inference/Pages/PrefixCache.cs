namespace Alignment.Inference.Pages;

/// <summary>
/// Computed pages by the tokens that lead to them, kept after their sequences are gone and given up least recently used first. Prefixes are
/// compared token by token, never by hash alone, and each key (a client's salt, an adapter, edits) has a tree of its own.
/// </summary>
/// <remarks>
/// One list has the nodes in the order of use. A node that is the oldest and cannot be given up is parked outside it, and comes back when
/// it can: when its last user leaves, as the newest, for it was used until then; when its last successor goes, as the oldest, for all that
/// is in the list was used later. So no eviction looks at a node twice, and each costs O(1) amortised over the uses.
/// </remarks>
internal sealed class PrefixCache
{
    private readonly PagePool _pool;
    private readonly Dictionary<PrefixKey, PrefixNode> _roots = [];
    private readonly PrefixNode?[] _nodes;
    private PrefixNode? _oldest;
    private PrefixNode? _newest;

    public PrefixCache(PagePool pool)
    {
        _pool = pool;
        _nodes = new PrefixNode?[pool.Count];
        pool.OneUserLeft = Return;
    }

    public int PageCount { get; private set; }

    /// <summary>
    /// What all pages of a key follow, where there are any: a key is forgotten with its last page, or clients could name keys without end.
    /// </summary>
    public PrefixNode? Find(PrefixKey key) => _roots.GetValueOrDefault(key);

    /// <summary>The same, made where there is none: for somebody who is about to add a page to it.</summary>
    public PrefixNode Root(PrefixKey key)
    {
        if (!_roots.TryGetValue(key, out PrefixNode? root))
        {
            _roots.Add(key, root = new PrefixNode(null, [], -1) { Key = key });
        }

        return root;
    }

    /// <summary>The page that follows <paramref name="parent"/>; of two that were computed at once, the first one stays.</summary>
    /// <param name="parent">What leads to it.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="page">The page, which gets one more user.</param>
    /// <param name="isOld">Whether it is given up before all others, and not after them.</param>
    public PrefixNode Add(PrefixNode parent, ReadOnlySpan<int> tokens, int page, bool isOld = false)
    {
        if (parent.Child(tokens) is { } known)
        {
            return known;
        }

        PrefixNode node = parent.AddChild(tokens, page);
        _nodes[page] = node;
        _pool.AddUser(page);
        PageCount++;
        if (isOld)
        {
            Prepend(node);
        }
        else
        {
            Append(node);
        }

        return node;
    }

    /// <summary>Marks a path as used; parents end up newer than their children, so that leaves go first.</summary>
    public void Touch(PrefixNode? node)
    {
        for (; node?.Parent is not null; node = node.Parent)
        {
            if (!node.IsParked)
            {
                Unlink(node);
            }

            Append(node);
        }
    }

    /// <summary>Gives up the least recently used page that nobody else uses; false when there is none.</summary>
    public bool TryEvict()
    {
        while (_oldest is { } node)
        {
            Unlink(node);
            if (IsEvictable(node))
            {
                Evict(node);
                return true;
            }

            node.IsParked = true;
        }

        return false;
    }

    public void CountUsers(Span<int> users)
    {
        foreach (PrefixNode? node in _nodes)
        {
            if (node is not null)
            {
                users[node.Page]++;
            }
        }
    }

    private bool IsEvictable(PrefixNode node) => node.IsLeaf && _pool.Users(node.Page) == 1;

    private void Evict(PrefixNode node)
    {
        PrefixNode parent = node.Parent!;
        parent.RemoveChild(node);
        _nodes[node.Page] = null;
        PageCount--;
        _pool.RemoveUser(node.Page);
        if (parent is { Parent: null, IsLeaf: true })
        {
            _roots.Remove(parent.Key);
        }

        if (parent.IsParked && IsEvictable(parent))
        {
            Prepend(parent);
        }
    }

    /// <summary>A page has one user left, who may be this cache.</summary>
    private void Return(int page)
    {
        if (_nodes[page] is { IsParked: true } node && IsEvictable(node))
        {
            Append(node);
        }
    }

    private void Prepend(PrefixNode node)
    {
        (node.IsParked, node.Older, node.Newer) = (false, null, _oldest);
        if (_oldest is null)
        {
            _newest = node;
        }
        else
        {
            _oldest.Older = node;
        }

        _oldest = node;
    }

    private void Append(PrefixNode node)
    {
        (node.IsParked, node.Older, node.Newer) = (false, _newest, null);
        if (_newest is null)
        {
            _oldest = node;
        }
        else
        {
            _newest.Newer = node;
        }

        _newest = node;
    }

    private void Unlink(PrefixNode node)
    {
        if (node.Older is null)
        {
            _oldest = node.Newer;
        }
        else
        {
            node.Older.Newer = node.Newer;
        }

        if (node.Newer is null)
        {
            _newest = node.Older;
        }
        else
        {
            node.Newer.Older = node.Older;
        }
    }
}
