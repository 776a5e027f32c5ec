using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Alignment.Hosting.Options;

/// <summary>One key of the configuration, as its options type declares it: for the reference page and for help.</summary>
/// <param name="Path">As in a file: <c>Alignment:Models:N:Path</c>, where N is a number and NAME a name.</param>
/// <param name="Type">What a value is: <c>integer</c>, <c>text</c>.</param>
/// <param name="Default">The value without it.</param>
/// <param name="Range">What a value may be; empty where the type does not say.</param>
public sealed record OptionKey(string Path, string Type, string Default, string Range)
{
    /// <summary>Every key of a section, those of its own sections included.</summary>
    public static IEnumerable<OptionKey> Of(string section, Type options)
    {
        ArgumentNullException.ThrowIfNull(options);
        object defaults = Activator.CreateInstance(options)!;
        return OptionType.Keys(options).Values
            .SelectMany(property => Of($"{section}:{property.Name}", property.PropertyType, property.GetValue(defaults), property));
    }

    /// <summary>The name of the environment variable: a colon cannot stand in one.</summary>
    public string Variable => Path.Replace(":", "__", StringComparison.Ordinal);

    private static IEnumerable<OptionKey> Of(string path, Type type, object? value, PropertyInfo property)
    {
        if (OptionType.Words(type) is { } words)
        {
            return [new OptionKey(path, words, Text(value), OptionRange.Of(property, type)?.ToString() ?? "")];
        }

        return OptionType.IsFree(type) ? [new OptionKey(path, "a section", "", "")]
            : OptionType.Element(type) is { } element ? Of($"{path}:N", element, null, property)
            : OptionType.Named(type) is { } named ? Of($"{path}:NAME", named, null, property)
            : Of(path, type);
    }

    private static string Text(object? value) => value switch
    {
        bool truth => truth ? "true" : "false",
        IEnumerable and not string or null => "",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
