using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Alignment.Hosting;

/// <summary>Everything that is served, by name. Immutable.</summary>
public sealed class ModelCatalog(IReadOnlyList<ServedModel> models)
{
    private readonly FrozenDictionary<string, ServedModel> _byId = models.ToFrozenDictionary(m => m.Id, StringComparer.Ordinal);

    /// <summary>The served models, each followed by its profiles.</summary>
    public IReadOnlyList<ServedModel> Models { get; } = models;

    /// <summary>Finds a served model by the name a client wrote.</summary>
    public bool TryGet(string id, [NotNullWhen(true)] out ServedModel? model) => _byId.TryGetValue(id, out model);
}
