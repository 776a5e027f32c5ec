namespace Alignment.Models.Checkpoints;

/// <summary>Where one tensor lies in a file, after every check.</summary>
/// <param name="Type">As the header names it: F32, BF16 ...</param>
/// <param name="Shape">Row-major sizes.</param>
/// <param name="Offset">First byte in the file.</param>
/// <param name="Length">Bytes.</param>
internal sealed record TensorEntry(string Type, IReadOnlyList<int> Shape, long Offset, long Length);
