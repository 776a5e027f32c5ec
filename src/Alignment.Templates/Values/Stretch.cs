namespace Alignment.Templates.Values;

/// <summary>Characters <paramref name="Start"/> to before <paramref name="End"/> of a text.</summary>
internal readonly record struct Stretch(int Start, int End);
