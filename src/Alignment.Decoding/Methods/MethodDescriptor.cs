using Alignment.Decoding.Reading;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Methods;

/// <summary>
/// All that is known of a decoding method outside of its folder. What a request costs, its settings say
/// (<see cref="SearchSettings.Draws"/>).
/// </summary>
public sealed class MethodDescriptor
{
    /// <param name="name">As requests write it.</param>
    /// <param name="bind">Reads its options.</param>
    /// <param name="create">A program for one request, of settings that <paramref name="bind"/> or <see cref="Floor"/> made.</param>
    internal MethodDescriptor(string name, Binder bind, Func<SearchSettings, IDecodingMethod> create)
    {
        (Name, Bind, Create) = (name, bind, create);
    }

    /// <summary>Makes settings of a <c>search</c> object, and notes what is wrong with it.</summary>
    internal delegate SearchSettings Binder(SettingsReader reader, AlignmentNames names, GenerationLimits limits);

    /// <summary>As requests write it; <see cref="SearchSettings.Method"/> of its settings.</summary>
    public string Name { get; }

    /// <summary>What it does, for the documentation that clients see.</summary>
    public required string Description { get; init; }

    /// <summary>Its options, for the same documentation.</summary>
    public IReadOnlyList<SettingOption> Options { get; init; } = [];

    /// <summary>
    /// Settings that choose one of so many candidates by rewards, which an operator's floors fill in where a request names no method; null
    /// for a method that does not choose so: it evades a floor, and is refused beside one.
    /// </summary>
    public Func<int, SelectionSettings>? Floor { get; init; }

    internal Binder Bind { get; }

    internal Func<SearchSettings, IDecodingMethod> Create { get; }
}
