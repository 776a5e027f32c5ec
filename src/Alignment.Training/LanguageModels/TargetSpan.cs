namespace Alignment.Training.LanguageModels;

/// <summary>
/// The tokens that are learned where not all are: those behind a token <paramref name="Begin"/> up to and with the next
/// <paramref name="End"/> of the same document, such as what the assistant says.
/// </summary>
/// <param name="Begin">Id of the token that begins a span; it is none of it.</param>
/// <param name="End">Id of the token that ends it; learned with it.</param>
public readonly record struct TargetSpan(int Begin, int End);
