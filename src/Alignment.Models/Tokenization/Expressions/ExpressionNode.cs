namespace Alignment.Models.Tokenization.Expressions;

/// <summary>A part of an expression.</summary>
internal abstract record ExpressionNode
{
    /// <summary>Whether it matches without taking a character.</summary>
    public abstract bool MayBeEmpty { get; }
}

/// <summary>One character of a set.</summary>
internal sealed record OneOf(CodePointSet Set) : ExpressionNode
{
    public override bool MayBeEmpty => false;
}

/// <summary>All parts, one after the other.</summary>
internal sealed record Sequence(IReadOnlyList<ExpressionNode> Parts) : ExpressionNode
{
    public override bool MayBeEmpty => Parts.All(part => part.MayBeEmpty);
}

/// <summary>The first part that lets the rest match.</summary>
internal sealed record Choice(IReadOnlyList<ExpressionNode> Parts) : ExpressionNode
{
    public override bool MayBeEmpty => Parts.Any(part => part.MayBeEmpty);
}

/// <summary>A part several times; without <paramref name="Most"/> as often as it goes.</summary>
internal sealed record Repeat(ExpressionNode Part, int Least, int? Most, bool IsLazy) : ExpressionNode
{
    public override bool MayBeEmpty => Least == 0 || Part.MayBeEmpty;
}

/// <summary>The first way in which a part matches; the others are forgotten.</summary>
internal sealed record Atomic(ExpressionNode Part) : ExpressionNode
{
    public override bool MayBeEmpty => Part.MayBeEmpty;
}

/// <summary>Whether a part matches from here on.</summary>
internal sealed record LookAhead(ExpressionNode Part, bool IsNegative) : ExpressionNode
{
    public override bool MayBeEmpty => true;
}

/// <summary>Whether one of some rows of characters ends here.</summary>
internal sealed record LookBehind(IReadOnlyList<IReadOnlyList<CodePointSet>> Rows, bool IsNegative) : ExpressionNode
{
    public override bool MayBeEmpty => true;
}

/// <summary>A place between characters.</summary>
internal sealed record Place(PlaceKind Kind) : ExpressionNode
{
    public override bool MayBeEmpty => true;
}

/// <summary>The places that an expression can ask for, as Oniguruma means them: a line ends at a line feed only.</summary>
internal enum PlaceKind
{
    /// <summary><c>\A</c>.</summary>
    TextStart,

    /// <summary><c>\z</c>.</summary>
    TextEnd,

    /// <summary><c>\Z</c>: also before a line feed that ends the text.</summary>
    LastLineEnd,

    /// <summary><c>^</c>: not behind a line feed that ends the text.</summary>
    LineStart,

    /// <summary><c>$</c>.</summary>
    LineEnd,

    /// <summary><c>\b</c>.</summary>
    WordEdge,

    /// <summary><c>\B</c>.</summary>
    NoWordEdge,
}
