namespace Alignment.Training.Data.Packing;

/// <summary>One document in tokens.</summary>
/// <param name="Tokens">Begins with the mark of a text's beginning.</param>
/// <param name="Source">Index among the sources of its file.</param>
/// <param name="Bytes">UTF-8 bytes of its text, control tokens not counted.</param>
public sealed record PackedDocument(ushort[] Tokens, int Source, int Bytes);
