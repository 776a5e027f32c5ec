namespace Alignment.Inference.Pages;

/// <summary>One computed page in the prefix cache: its tokens follow those of its parent. The cache is one of the page's users.</summary>
internal sealed class PrefixNode(PrefixNode? parent, int[] tokens, int page)
{
    private Dictionary<int[], PrefixNode>? _children;

    /// <summary>Of a root: whose pages follow.</summary>
    public PrefixKey Key { get; init; }

    public PrefixNode? Parent { get; } = parent;

    public int[] Tokens { get; } = tokens;

    public int Page { get; } = page;

    public bool IsLeaf => _children is null or { Count: 0 };

    /// <summary>Not in the order of use: it was found in use, or with successors, when it was the oldest there.</summary>
    public bool IsParked { get; set; }

    /// <summary>Neighbours in the order of use.</summary>
    public PrefixNode? Older { get; set; }

    public PrefixNode? Newer { get; set; }

    public PrefixNode? Child(ReadOnlySpan<int> tokens) =>
        _children is not null && _children.GetAlternateLookup<ReadOnlySpan<int>>().TryGetValue(tokens, out PrefixNode? child)
            ? child
            : null;

    public PrefixNode AddChild(ReadOnlySpan<int> tokens, int page)
    {
        var child = new PrefixNode(this, tokens.ToArray(), page);
        (_children ??= new(PageTokens.Comparer)).Add(child.Tokens, child);
        return child;
    }

    public void RemoveChild(PrefixNode child) => _children!.Remove(child.Tokens);
}
