namespace Alignment.Inference.Pages;

/// <summary>Which pages of the cache are in use, and by how many. A page with no users is free.</summary>
internal sealed class PagePool
{
    private readonly int[] _users;
    private readonly int[] _free;

    public PagePool(int pages)
    {
        _users = new int[pages];
        _free = [.. Enumerable.Range(0, pages).Reverse()];
        FreeCount = pages;
    }

    public int Count => _users.Length;

    public int FreeCount { get; private set; }

    /// <summary>Told of a page that has one user left.</summary>
    public Action<int>? OneUserLeft { get; set; }

    /// <summary>A page with one user, or -1 when none is free.</summary>
    public int TryTake()
    {
        if (FreeCount == 0)
        {
            return -1;
        }

        int page = _free[--FreeCount];
        _users[page] = 1;
        return page;
    }

    public void AddUser(int page) => _users[page]++;

    public void RemoveUser(int page)
    {
        switch (--_users[page])
        {
            case 0:
                _free[FreeCount++] = page;
                break;
            case 1:
                OneUserLeft?.Invoke(page);
                break;
        }
    }

    public int Users(int page) => _users[page];

    /// <summary>
    /// Pages that are free and yet in use, or free twice; the counts themselves are <see cref="TokenTree.CheckIntegrity"/>'s business.
    /// </summary>
    public void CheckIntegrity(ReadOnlySpan<int> expectedUsers)
    {
        for (int page = 0; page < _users.Length; page++)
        {
            if (_users[page] != expectedUsers[page])
            {
                throw new InvalidOperationException($"Page {page} counts {_users[page]} users and has {expectedUsers[page]}.");
            }
        }

        int free = _free.AsSpan(0, FreeCount).ToArray().Where(page => _users[page] == 0).Distinct().Count();
        if (free != FreeCount || free != _users.Count(users => users == 0))
        {
            throw new InvalidOperationException(
                $"{FreeCount} pages are listed as free; {_users.Count(users => users == 0)} have no users.");
        }
    }
}
