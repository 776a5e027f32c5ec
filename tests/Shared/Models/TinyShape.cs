namespace Alignment.Tests.Models;

/// <summary>Sizes of a miniature model; none is a multiple of a vector where it need not be.</summary>
public sealed record TinyShape(
    int Vocabulary = 300,
    int Hidden = 40,
    int Intermediate = 72,
    int Layers = 2,
    int Heads = 4,
    int KeyValueHeads = 2,
    int HeadSize = 10,
    int Positions = 512);
