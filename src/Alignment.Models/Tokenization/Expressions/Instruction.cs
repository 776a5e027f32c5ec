namespace Alignment.Models.Tokenization.Expressions;

/// <summary>
/// One step of a compiled expression. Programs inside (of look-aheads and atomic groups) lie in the same list and end with their own
/// Accept.
/// </summary>
/// <param name="Kind">What it does.</param>
/// <param name="Set">Of <see cref="InstructionKind.Take"/>.</param>
/// <param name="Node">Of the tests that have no target.</param>
/// <param name="Target">Where to go on: of a split the preferred way, of a program inside its first step.</param>
/// <param name="Other">Of a split the other way; of a program inside, where the program around it goes on.</param>
/// <param name="Memory">Of a split its number among the splits.</param>
internal sealed record Instruction(
    InstructionKind Kind, CodePointSet? Set = null, ExpressionNode? Node = null, int Target = 0, int Other = 0, int Memory = 0);

/// <summary>What an instruction does; but for jumps and splits the next one follows.</summary>
internal enum InstructionKind
{
    /// <summary>The program has matched.</summary>
    Accept,

    /// <summary>Takes one character of a set.</summary>
    Take,

    Jump,

    /// <summary>Tries one way, then the other.</summary>
    Split,

    /// <summary>Tests a <see cref="Expressions.Place"/>.</summary>
    Place,

    /// <summary>Tests a <see cref="Expressions.LookBehind"/>.</summary>
    LookBehind,

    /// <summary>Goes on if the program inside matches here.</summary>
    LookAhead,

    /// <summary>Goes on if the program inside does not match here.</summary>
    NoLookAhead,

    /// <summary>Goes on behind the match of the program inside.</summary>
    Atomic,
}
