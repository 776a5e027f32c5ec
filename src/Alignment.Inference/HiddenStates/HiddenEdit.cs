using Alignment.Compute.Contract;
using Alignment.Models.Transformers;

namespace Alignment.Inference.HiddenStates;

/// <summary>
/// A vector that is added to the hidden states of a sequence's own path: steering. The paths of its guides stay as they are.
/// </summary>
/// <param name="Place">Where.</param>
/// <param name="Vectors">
/// Tensor <c>[any, hidden]</c> of the model's backend; it belongs to the caller, must outlive every sequence that has the edit, and may not
/// change.
/// </param>
/// <param name="Vector">Which row of it.</param>
/// <param name="Strength">Multiplies the vector; 0 is the frozen model bit for bit.</param>
/// <param name="FirstPosition">First token, of prompt and response together, that is edited.</param>
public readonly record struct HiddenEdit(HiddenPlace Place, Tensor Vectors, int Vector, float Strength, int FirstPosition = 0);
