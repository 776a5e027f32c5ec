using Alignment.Compute.Contract.NextToken;

namespace Alignment.Inference.Constraints;

/// <summary>
/// What a response may say next, as a state of what it has said: a sequence tells it every token behind its prompt, takes the last ones
/// back when it is rewound, and copies it when it forks. Belongs to one sequence and is used on the engine's thread alone, for which all
/// others wait: a token should cost little and allocate nothing. What it throws ends its own request, and it is not asked again.
/// </summary>
public interface IConstraint
{
    /// <summary>
    /// The tokens that may follow, at least as many as the model's vocabulary; null: all. The constraint's own memory, which holds until
    /// it is told of a token.
    /// </summary>
    TokenMask? Mask { get; }

    /// <summary>
    /// The only token that may follow, where there is but one: see <see cref="Sessions.Sequence.AppendForced"/>. A constraint that does
    /// not know may say null.
    /// </summary>
    int? Forced { get; }

    /// <summary>The response goes on with a token, be it an allowed one or one that the program appends.</summary>
    void Accept(int token);

    /// <summary>The response goes back by its last token, which was this one.</summary>
    void Rewind(int token);

    /// <summary>A constraint in the same state, for a sequence that goes its own way.</summary>
    IConstraint Fork();
}
