namespace Alignment.Models.Tokenization.Expressions;

/// <summary>Turns an expression into instructions; counted repetitions are written out.</summary>
internal sealed class ExpressionCompiler
{
    /// <summary>Bounds the memory of a match: a bit for each split and character.</summary>
    private const int MaxInstructions = 512;

    private readonly List<Instruction> _program = [];
    private int _splits;

    /// <summary>The program, which begins at 0, and the number of its splits.</summary>
    /// <exception cref="ExpressionException">It would be too long.</exception>
    public static (Instruction[] Program, int Splits) Compile(ExpressionNode node)
    {
        var compiler = new ExpressionCompiler();
        compiler.Add(node);
        compiler.Add(new Instruction(InstructionKind.Accept));
        return ([.. compiler._program], compiler._splits);
    }

    private void Add(ExpressionNode node)
    {
        switch (node)
        {
            case OneOf one:
                Add(new Instruction(InstructionKind.Take, one.Set));
                break;
            case Sequence sequence:
                foreach (ExpressionNode part in sequence.Parts)
                {
                    Add(part);
                }

                break;
            case Choice choice:
                AddChoice(choice);
                break;
            case Repeat repeat:
                AddRepeat(repeat);
                break;
            case Atomic atomic:
                AddInside(InstructionKind.Atomic, atomic.Part);
                break;
            case LookAhead look:
                AddInside(look.IsNegative ? InstructionKind.NoLookAhead : InstructionKind.LookAhead, look.Part);
                break;
            default:
                Add(new Instruction(node is Place ? InstructionKind.Place : InstructionKind.LookBehind, Node: node));
                break;
        }
    }

    private void AddChoice(Choice choice)
    {
        List<int> ends = [];
        for (int i = 0; i < choice.Parts.Count - 1; i++)
        {
            int split = AddSplit();
            Add(choice.Parts[i]);
            ends.Add(Add(new Instruction(InstructionKind.Jump)));
            Direct(split, isLazy: false, split + 1, _program.Count);
        }

        Add(choice.Parts[^1]);
        ends.ForEach(end => _program[end] = _program[end] with { Target = _program.Count });
    }

    private void AddRepeat(Repeat repeat)
    {
        for (int i = 0; i < repeat.Least; i++)
        {
            Add(repeat.Part);
        }

        if (repeat.Most is not { } most)
        {
            int loop = AddSplit();
            Add(repeat.Part);
            Add(new Instruction(InstructionKind.Jump, Target: loop));
            Direct(loop, repeat.IsLazy, loop + 1, _program.Count);
            return;
        }

        List<int> splits = [];
        for (int i = repeat.Least; i < most; i++)
        {
            splits.Add(AddSplit());
            Add(repeat.Part);
        }

        splits.ForEach(split => Direct(split, repeat.IsLazy, split + 1, _program.Count));
    }

    private void AddInside(InstructionKind kind, ExpressionNode part)
    {
        int at = Add(new Instruction(kind));
        Add(part);
        Add(new Instruction(InstructionKind.Accept));
        _program[at] = _program[at] with { Target = at + 1, Other = _program.Count };
    }

    private int AddSplit() => Add(new Instruction(InstructionKind.Split, Memory: _splits++));

    private void Direct(int split, bool isLazy, int inner, int after) =>
        _program[split] = _program[split] with { Target = isLazy ? after : inner, Other = isLazy ? inner : after };

    private int Add(Instruction instruction)
    {
        if (_program.Count == MaxInstructions)
        {
            throw new ExpressionException($"it has more than {MaxInstructions} steps");
        }

        _program.Add(instruction);
        return _program.Count - 1;
    }
}
