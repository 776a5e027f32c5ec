namespace Alignment.Inference.Pages;

/// <summary>
/// Computed pages by the tokens that lead to them, kept after their sequences are gone and given up least recently used first. Prefixes are
/// compared token by token, never by hash alone, and each key (a client's salt, an adapter) has a tree of its own.
/// </summary>
internal sealed class PrefixCache(PagePool pool)
{
    private readonly Dictionary<PrefixKey, PrefixNode> _roots = [];
    private PrefixNode? _oldest;
    private PrefixNode? _newest;

    public int PageCount { get; private set; }

    public PrefixNode Root(PrefixKey key)
    {
        if (!_roots.TryGetValue(key, out PrefixNode? root))
        {
            _roots.Add(key, root = new PrefixNode(null, [], -1));
        }

        return root;
    }

    /// <summary>The page that follows <paramref name="parent"/>; of two that were computed at once, the first one stays.</summary>
    public PrefixNode Add(PrefixNode parent, ReadOnlySpan<int> tokens, int page)
    {
        if (parent.Child(tokens) is { } known)
        {
            return known;
        }

        PrefixNode node = parent.AddChild(tokens, page);
        pool.AddUser(page);
        PageCount++;
        Append(node);
        return node;
    }

    /// <summary>Marks a path as used; parents end up newer than their children, so that leaves go first.</summary>
    public void Touch(PrefixNode? node)
    {
        for (; node?.Parent is not null; node = node.Parent)
        {
            Unlink(node);
            Append(node);
        }
    }

    /// <summary>Gives up the least recently used page that nobody else uses; false when there is none.</summary>
    public bool TryEvict()
    {
        for (PrefixNode? node = _oldest; node is not null; node = node.Newer)
        {
            if (node.IsLeaf && pool.Users(node.Page) == 1)
            {
                Unlink(node);
                node.Parent!.RemoveChild(node);
                pool.RemoveUser(node.Page);
                PageCount--;
                return true;
            }
        }

        return false;
    }

    public void CountUsers(Span<int> users)
    {
        for (PrefixNode? node = _oldest; node is not null; node = node.Newer)
        {
            users[node.Page]++;
        }
    }

    private void Append(PrefixNode node)
    {
        (node.Older, node.Newer) = (_newest, null);
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
