using System.Collections;
using System.Text;

namespace Alignment.Models.Tokenization.Expressions;

/// <summary>
/// Backtracking that never tries the same split at the same character twice: whether the rest matches from there does not depend on how it
/// was reached, so a failure is remembered for the whole text. Costs at most one bit and one try for each split and character; what a
/// look-ahead or an atomic group tries again after it once succeeded is bounded by <see cref="_budget"/>.
/// </summary>
internal sealed class Matcher
{
    private const long FreeSteps = 1_000_000;
    private const long StepsPerCharacter = 1_000;

    private readonly Instruction[] _program;
    private readonly string _text;
    private readonly BitArray _failed;

    // What is still to be tried: the step, the place, and how many splits were open at that time.
    private readonly Stack<(int Step, int At, int Open)> _pending = new();

    // Bits set in _failed by splits on the way that is being tried: if it succeeds, they have not failed.
    private readonly List<int> _open = [];
    private long _budget;

    public Matcher(Instruction[] program, int splits, string text)
    {
        (_program, _text) = (program, text);
        long bits = splits * (text.Length + 1L);
        _failed = new BitArray(bits <= int.MaxValue ? (int)bits : throw new ExpressionException("this text is too long for it"));
        _budget = FreeSteps + (StepsPerCharacter * text.Length);
    }

    /// <summary>The first match that begins at or behind a place; null where there is none.</summary>
    public (int Start, int End)? Find(int from)
    {
        for (int start = from; start <= _text.Length; start = After(start))
        {
            if (Run(0, start) is >= 0 and int end)
            {
                return (start, end);
            }
        }

        return null;
    }

    /// <summary>The place behind the character at a place.</summary>
    public int After(int at) => at + (at + 1 < _text.Length && char.IsSurrogatePair(_text[at], _text[at + 1]) ? 2 : 1);

    /// <summary>Where a program's match from a place ends, or -1. Calls itself for the programs inside, as deep as groups nest.</summary>
    private int Run(int step, int at)
    {
        (int pending, int open) = (_pending.Count, _open.Count);
        _pending.Push((step, at, open));
        while (_pending.Count > pending)
        {
            (step, at, int opened) = _pending.Pop();
            _open.RemoveRange(opened, _open.Count - opened);
            int end = Follow(step, at);
            if (end >= 0)
            {
                Forgive(open);
                while (_pending.Count > pending)
                {
                    _pending.Pop();
                }

                return end;
            }
        }

        _open.RemoveRange(open, _open.Count - open);
        return -1;
    }

    /// <summary>Follows one way until it fails (-1) or accepts; leaves the other ways pending.</summary>
    private int Follow(int step, int at)
    {
        while (true)
        {
            if (--_budget < 0)
            {
                throw new ExpressionException("it takes too many steps on this text");
            }

            Instruction instruction = _program[step];
            switch (instruction.Kind)
            {
                case InstructionKind.Accept:
                    return at;
                case InstructionKind.Take:
                    if (at == _text.Length || !instruction.Set!.Contains(PointAt(at)))
                    {
                        return -1;
                    }

                    (step, at) = (step + 1, After(at));
                    break;
                case InstructionKind.Jump:
                    step = instruction.Target;
                    break;
                case InstructionKind.Split:
                    int bit = (instruction.Memory * (_text.Length + 1)) + at;
                    if (_failed[bit])
                    {
                        return -1;
                    }

                    _failed[bit] = true;
                    _open.Add(bit);
                    _pending.Push((instruction.Other, at, _open.Count));
                    step = instruction.Target;
                    break;
                default:
                    if (!Holds(instruction, ref at))
                    {
                        return -1;
                    }

                    step = instruction.Other > 0 ? instruction.Other : step + 1;
                    break;
            }
        }
    }

    private bool Holds(Instruction instruction, ref int at)
    {
        switch (instruction.Kind)
        {
            case InstructionKind.Place:
                return IsPlace(((Place)instruction.Node!).Kind, at);
            case InstructionKind.LookBehind:
                var look = (LookBehind)instruction.Node!;
                return look.IsNegative != EndsHere(look.Rows, at);
            case InstructionKind.Atomic:
                at = Run(instruction.Target, at);
                return at >= 0;
            default:
                return (Run(instruction.Target, at) >= 0) == (instruction.Kind == InstructionKind.LookAhead);
        }
    }

    /// <summary>The splits on a way that succeeded may be tried again, from another place or in another match.</summary>
    private void Forgive(int open)
    {
        for (int i = open; i < _open.Count; i++)
        {
            _failed[_open[i]] = false;
        }

        _open.RemoveRange(open, _open.Count - open);
    }

    private bool IsPlace(PlaceKind kind, int at)
    {
        bool isStart = at == 0;
        bool isEnd = at == _text.Length;
        return kind switch
        {
            PlaceKind.TextStart => isStart,
            PlaceKind.TextEnd => isEnd,
            PlaceKind.LastLineEnd => isEnd || (at == _text.Length - 1 && _text[at] == '\n'),
            PlaceKind.LineStart => isStart || (!isEnd && _text[at - 1] == '\n'),
            PlaceKind.LineEnd => isEnd || _text[at] == '\n',
            _ => IsWordEdge(at) == (kind == PlaceKind.WordEdge),
        };
    }

    private bool IsWordEdge(int at) =>
        (at > 0 && NamedSets.BareWord.Contains(PointBefore(at))) != (at < _text.Length && NamedSets.BareWord.Contains(PointAt(at)));

    private bool EndsHere(IReadOnlyList<IReadOnlyList<CodePointSet>> rows, int at)
    {
        foreach (IReadOnlyList<CodePointSet> row in rows)
        {
            int place = at;
            int left = row.Count;
            while (left > 0 && place > 0 && row[left - 1].Contains(PointBefore(place)))
            {
                place -= place > 1 && char.IsSurrogatePair(_text[place - 2], _text[place - 1]) ? 2 : 1;
                left--;
            }

            if (left == 0)
            {
                return true;
            }
        }

        return false;
    }

    private int PointAt(int at)
    {
        if (!char.IsSurrogate(_text[at]))
        {
            return _text[at];
        }

        Rune.DecodeFromUtf16(_text.AsSpan(at), out Rune rune, out _);
        return rune.Value;
    }

    private int PointBefore(int at)
    {
        Rune.DecodeLastFromUtf16(_text.AsSpan(0, at), out Rune rune, out _);
        return rune.Value;
    }
}
