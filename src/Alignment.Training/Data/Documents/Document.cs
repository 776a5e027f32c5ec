namespace Alignment.Training.Data.Documents;

/// <summary>One text for language modelling.</summary>
/// <param name="Turns">A conversation, or one turn without a role.</param>
/// <param name="Part">A and B are both for training here.</param>
public sealed record Document(IReadOnlyList<Turn> Turns, DataPart Part);
