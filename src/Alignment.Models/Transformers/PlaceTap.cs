namespace Alignment.Models.Transformers;

/// <summary>A row of a batch whose hidden state is to be kept as it is at a place.</summary>
internal readonly record struct PlaceTap(HiddenPlace Place, int Row);
