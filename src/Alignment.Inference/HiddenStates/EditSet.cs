namespace Alignment.Inference.HiddenStates;

/// <summary>
/// The edits of a path, in the order in which a row gets them. Sets of equal edits are equal: their keys and values are the same.
/// </summary>
internal sealed class EditSet : IEquatable<EditSet>
{
    private readonly HiddenEdit[] _edits;
    private readonly int _hash;

    private EditSet(HiddenEdit[] edits)
    {
        _edits = edits;
        var hash = default(HashCode);
        Array.ForEach(edits, hash.Add);
        _hash = hash.ToHashCode();
    }

    public ReadOnlySpan<HiddenEdit> Edits => _edits;

    /// <summary>Null for none.</summary>
    public static EditSet? Of(IReadOnlyList<HiddenEdit>? edits) => edits is null or [] ? null : new EditSet([.. edits]);

    public bool Equals(EditSet? other) => other is not null && (ReferenceEquals(this, other) || Edits.SequenceEqual(other.Edits));

    public override bool Equals(object? obj) => Equals(obj as EditSet);

    public override int GetHashCode() => _hash;
}
