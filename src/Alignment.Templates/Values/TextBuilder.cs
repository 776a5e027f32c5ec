using System.Text;
using Alignment.Templates.Limits;

namespace Alignment.Templates.Values;

/// <summary>Puts a text together; every character is charged as it arrives and keeps its origin.</summary>
internal sealed class TextBuilder
{
    private const int ObjectBytes = 256;

    private readonly RenderBudget _budget;
    private readonly StringBuilder _text = new();
    private readonly List<Stretch> _client = [];

    public TextBuilder(RenderBudget budget)
    {
        _budget = budget;
        budget.Make(ObjectBytes);
    }

    public int Length => _text.Length;

    /// <summary>Appends characters of the template.</summary>
    public TextBuilder Append(string text) => Append(text, fromClient: false);

    public TextBuilder Append(string text, bool fromClient)
    {
        Charge(4L * text.Length);
        if (fromClient)
        {
            AddClient(_text.Length, _text.Length + text.Length);
        }

        _text.Append(text);
        return this;
    }

    public TextBuilder Append(TemplateText text) => Append(text, 0, text.Length);

    /// <summary>Appends characters <paramref name="start"/> to before <paramref name="end"/> of a text.</summary>
    public TextBuilder Append(TemplateText text, int start, int end)
    {
        ReadOnlySpan<Stretch> inside = text.ClientWithin(start, end);
        Charge((4L * (end - start)) + (16L * inside.Length));
        int shift = _text.Length - start;
        foreach (Stretch part in inside)
        {
            AddClient(Math.Max(part.Start, start) + shift, Math.Min(part.End, end) + shift);
        }

        _text.Append(text.Value, start, end - start);
        return this;
    }

    /// <summary>Appends a text several times; the whole is charged before the first.</summary>
    public TextBuilder Repeat(TemplateText text, long times)
    {
        _budget.Reserve(4 * (Int128)text.Length * Math.Max(times, 0));
        for (long i = text.Length == 0 ? times : 0; i < times; i++)
        {
            Append(text);
        }

        return this;
    }

    /// <summary>Appends a text with some code points spelled otherwise; the other spelling is whose the code point was.</summary>
    /// <param name="text">the text; half a surrogate pair counts as U+FFFD for the question and is kept</param>
    /// <param name="escape">the other spelling, or null to keep the code point</param>
    public TextBuilder AppendEscaped(TemplateText text, Func<Rune, string?> escape)
    {
        int kept = 0;
        for (int at = 0; at < text.Length;)
        {
            _ = Rune.DecodeFromUtf16(text.Value.AsSpan(at), out Rune rune, out int length);
            if (escape(rune) is { } spelling)
            {
                Append(text, kept, at);
                Append(spelling, text.IsClientAt(at));
                kept = at + length;
            }

            at += length;
        }

        _budget.Read(4L * text.Length);
        return Append(text, kept, text.Length);
    }

    public TemplateText ToText() => new(_text.ToString(), [.. _client]);

    private void Charge(long bytes)
    {
        const int WorkPerPiece = 30;
        _budget.Make(bytes);
        _budget.Read(WorkPerPiece);
    }

    private void AddClient(int start, int end)
    {
        if (start == end)
        {
            return;
        }

        if (_client.Count > 0 && _client[^1].End == start)
        {
            _client[^1] = new Stretch(_client[^1].Start, end);
        }
        else
        {
            _client.Add(new Stretch(start, end));
        }
    }
}
