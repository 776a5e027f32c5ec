using Alignment.Templates.Limits;

namespace Alignment.Templates.Values;

/// <summary>
/// A Python <c>str</c> that knows which of its characters a client wrote; the others are the template's. Immutable; compares by its
/// characters alone.
/// Every operation that makes a text makes it of slices of others, so no character loses its origin. A long sum of texts is kept as its two
/// parts until somebody reads it: templates that add one message after another to a text stay linear.
/// </summary>
internal sealed class TemplateText : IEquatable<TemplateText>
{
    private const int ObjectBytes = 120;
    private const int MaxEagerLength = 512;
    private static readonly Stretch[] s_nothing = [];

    /// <summary>In order, disjoint, none empty and none touching the next; null, as the value, while the text is still a sum.</summary>
    private Stretch[]? _client;

    private string? _value;
    private (TemplateText Left, TemplateText Right, RenderBudget Budget)? _sum;
    private int _codePoints = -1;
    private int _hash;

    internal TemplateText(string value, Stretch[] client) => (_value, _client, Length) = (value, client, value.Length);

    private TemplateText(TemplateText left, TemplateText right, RenderBudget budget) =>
        (_sum, Length) = ((left, right, budget), left.Length + right.Length);

    public static TemplateText Empty { get; } = Template("");

    public string Value => _value ?? Flatten()._value!;

    public int Length { get; }

    private Stretch[] Client => _client ?? Flatten()._client!;

    /// <summary>Python's length; counted once.</summary>
    public int CodePoints => _codePoints < 0 ? _codePoints = CountCodePoints(Value) : _codePoints;

    /// <summary>Whether a code point is one char, so that positions need no translation.</summary>
    public bool IsFlat => CodePoints == Length;

    public static TemplateText Template(string value) => new(value, s_nothing);

    public static TemplateText FromClient(string value) => new(value, value.Length == 0 ? s_nothing : [new Stretch(0, value.Length)]);

    public static int CountCodePoints(ReadOnlySpan<char> text)
    {
        int pairs = 0;
        for (int i = text.IndexOfAnyInRange('\uD800', '\uDBFF'); i >= 0 && i + 1 < text.Length; i++)
        {
            pairs += char.IsSurrogatePair(text[i], text[i + 1]) ? 1 : 0;
        }

        return text.Length - pairs;
    }

    public static TemplateText Concat(RenderBudget budget, TemplateText x, TemplateText y)
    {
        if (x.Length == 0 || y.Length == 0)
        {
            return x.Length == 0 ? y : x;
        }

        long length = x.Length + (long)y.Length;
        budget.Reserve(2 * length);
        if (length > MaxEagerLength)
        {
            budget.Make(ObjectBytes);
            return new TemplateText(x, y, budget);
        }

        Charge(budget, length, x.Client.Length + y.Client.Length);
        return new TemplateText(x.Value + y.Value, Joined(x, y));
    }

    /// <summary>Characters <paramref name="start"/> to before <paramref name="end"/>.</summary>
    public TemplateText Slice(RenderBudget budget, int start, int end)
    {
        if (start >= end)
        {
            return Empty;
        }

        if (end - start == Length)
        {
            return this;
        }

        ReadOnlySpan<Stretch> inside = ClientWithin(start, end);
        Charge(budget, end - start, inside.Length);
        return new TemplateText(Value[start..end], Cut(inside, start, end));
    }

    /// <summary>Other characters in the same places, as when the case of letters changes.</summary>
    public TemplateText WithCharacters(RenderBudget budget, string value)
    {
        Charge(budget, value.Length, 0);
        return new TemplateText(value, Client);
    }

    public bool IsClientAt(int index) => ClientWithin(index, index + 1).Length > 0;

    /// <summary>The client's stretches that reach into a part of the text, uncut.</summary>
    public ReadOnlySpan<Stretch> ClientWithin(int start, int end)
    {
        int first = FirstEndingAfter(start);
        int last = first;
        while (last < Client.Length && Client[last].Start < end)
        {
            last++;
        }

        return Client.AsSpan(first, last - first);
    }

    public bool Equals(TemplateText? other) => other is not null && Value == other.Value;

    public override bool Equals(object? obj) => obj is TemplateText other && Equals(other);

    public override int GetHashCode() => _hash != 0 ? _hash : _hash = Value.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Value;

    private static void Charge(RenderBudget budget, long characters, int stretches) =>
        budget.Make(ObjectBytes + (2 * characters) + (8L * stretches));

    private static Stretch[] Joined(TemplateText x, TemplateText y)
    {
        if (y.Client.Length == 0)
        {
            return x.Client;
        }

        Stretch[] shifted = Array.ConvertAll(y.Client, part => new Stretch(part.Start + x.Length, part.End + x.Length));
        bool touching = x.Client.Length > 0 && x.Client[^1].End == shifted[0].Start;
        return touching
            ? [.. x.Client.AsSpan(..^1), new Stretch(x.Client[^1].Start, shifted[0].End), .. shifted.AsSpan(1)]
            : [.. x.Client, .. shifted];
    }

    private static Stretch[] Cut(ReadOnlySpan<Stretch> stretches, int start, int end)
    {
        Stretch[] cut = new Stretch[stretches.Length];
        for (int i = 0; i < cut.Length; i++)
        {
            cut[i] = new Stretch(Math.Max(stretches[i].Start, start) - start, Math.Min(stretches[i].End, end) - start);
        }

        return cut;
    }

    /// <summary>Writes a sum out, from left to right; paid by the rendering that made it.</summary>
    private TemplateText Flatten()
    {
        RenderBudget budget = _sum!.Value.Budget;
        var text = new TextBuilder(budget);
        Stack<TemplateText> rest = new([this]);
        while (rest.TryPop(out TemplateText? next))
        {
            budget.Step();
            if (next._value is null)
            {
                rest.Push(next._sum!.Value.Right);
                rest.Push(next._sum!.Value.Left);
            }
            else
            {
                text.Append(next);
            }
        }

        TemplateText written = text.ToText();
        (_value, _client, _sum) = (written._value, written._client, null);
        return this;
    }

    private int FirstEndingAfter(int position)
    {
        (int low, int high) = (0, Client.Length);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = Client[middle].End <= position ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
