using Alignment.Inference.HiddenStates;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Pages;

/// <summary>
/// Whose pages may be shared: keys and values depend on the adapter and the edits, and timing must not tell one client about another.
/// </summary>
internal readonly record struct PrefixKey(string? Salt, Adapter? Adapter, EditSet? Edits = null);
