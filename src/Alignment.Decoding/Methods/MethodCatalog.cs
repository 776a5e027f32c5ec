using System.Collections.Frozen;
using Alignment.Decoding.Reading;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Methods;

/// <summary>The decoding methods that requests may name. Immutable; safe for concurrent use.</summary>
public sealed class MethodCatalog
{
    /// <summary>The field of a <c>search</c> object that names its method.</summary>
    public const string MethodField = "method";

    private readonly FrozenDictionary<string, MethodDescriptor> _byName;

    /// <param name="silent">What a request gets that names no method.</param>
    /// <param name="methods">The methods, that of <paramref name="silent"/> among them.</param>
    /// <exception cref="ArgumentException">Two have the same name.</exception>
    public MethodCatalog(SearchSettings silent, IEnumerable<MethodDescriptor> methods)
    {
        (Silent, All) = (silent, [.. methods]);
        _byName = All.ToDictionary(method => method.Name, StringComparer.Ordinal).ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>What a request gets that names no method.</summary>
    public SearchSettings Silent { get; }

    /// <summary>Every method, in the order in which the documentation has them.</summary>
    public IReadOnlyList<MethodDescriptor> All { get; }

    /// <summary>Name of the method that a request is answered by.</summary>
    public string NameOf(SearchSettings? settings) => (settings ?? Silent).Method;

    /// <summary>The program that answers a request.</summary>
    /// <exception cref="KeyNotFoundException">Its method is not in the catalog.</exception>
    internal IDecodingMethod Create(SearchSettings? settings) => _byName[NameOf(settings)].Create(settings ?? Silent);

    /// <summary>Reads a <c>search</c> object; null when its method does not exist.</summary>
    internal SearchSettings? Bind(SettingsReader reader, AlignmentNames names, GenerationLimits limits)
    {
        if (reader.Name(MethodField, [.. All.Select(method => method.Name)]) is not { } name)
        {
            return null;
        }

        SearchSettings settings = _byName[name].Bind(reader, names, limits);
        reader.Finish();
        return settings;
    }
}
