namespace Alignment.Models.Tokenization.Expressions;

/// <summary>A set of code points, as ranges in order that neither overlap nor touch.</summary>
internal sealed class CodePointSet
{
    private const int Last = 0x10FFFF;

    private readonly (int First, int Last)[] _ranges;

    /// <summary>Bit i tells whether ASCII character i is inside: most text asks nothing else.</summary>
    private readonly UInt128 _ascii;

    private CodePointSet((int First, int Last)[] ranges)
    {
        _ranges = ranges;
        for (int point = 0; point < 128; point++)
        {
            _ascii |= Find(point) ? UInt128.One << point : 0;
        }
    }

    /// <summary>Every code point.</summary>
    public static CodePointSet All { get; } = new([(0, Last)]);

    /// <summary>Whether it has no member.</summary>
    public bool IsEmpty => _ranges.Length == 0;

    /// <summary>The members of ranges in any order.</summary>
    public static CodePointSet Of(params IEnumerable<(int First, int Last)> ranges)
    {
        List<(int First, int Last)> merged = [];
        foreach ((int first, int last) in ranges.OrderBy(range => range.First))
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1)
            {
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, last));
            }
            else
            {
                merged.Add((first, last));
            }
        }

        return new CodePointSet([.. merged]);
    }

    /// <summary>The members of a list.</summary>
    public static CodePointSet OfPoints(params IEnumerable<int> points) => Of(points.Select(point => (point, point)));

    public bool Contains(int point) => point < 128 ? ((_ascii >> point) & 1) != 0 : Find(point);

    public CodePointSet Union(CodePointSet other) => Of(_ranges.Concat(other._ranges));

    public CodePointSet Except(CodePointSet other) => Complement().Union(other).Complement();

    public CodePointSet Intersect(CodePointSet other) => Except(other.Complement());

    public CodePointSet Complement()
    {
        List<(int First, int Last)> gaps = [];
        int next = 0;
        foreach ((int first, int last) in _ranges)
        {
            if (first > next)
            {
                gaps.Add((next, first - 1));
            }

            next = last + 1;
        }

        if (next <= Last)
        {
            gaps.Add((next, Last));
        }

        return new CodePointSet([.. gaps]);
    }

    private bool Find(int point)
    {
        (int low, int high) = (0, _ranges.Length);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _ranges[middle].Last < point ? (middle + 1, high) : (low, middle);
        }

        return low < _ranges.Length && _ranges[low].First <= point;
    }
}
