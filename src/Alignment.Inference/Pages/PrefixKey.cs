using Alignment.Inference.HiddenStates;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Pages;

/// <summary>
/// Whose pages may be shared: keys and values depend on the model, the adapter and the edits, and timing must not tell one client about
/// another.
/// </summary>
/// <param name="Salt">The client's.</param>
/// <param name="Adapter">Whose share is added to the weights; null: nobody's.</param>
/// <param name="Edits">What is added to hidden states; null: nothing.</param>
/// <param name="Lane">Which of the engine's models.</param>
internal readonly record struct PrefixKey(string? Salt, Adapter? Adapter, EditSet? Edits = null, int Lane = 0);
