using System.Collections;
using System.Globalization;
using System.Reflection;
using Alignment.Decoding.Reading;
using Microsoft.Extensions.Configuration;

namespace Alignment.Hosting.Options;

/// <summary>
/// Binds a section to its options type and notes everything that is wrong with it, by path: a key that nobody reads, a value of the wrong
/// kind or out of range. No setting is dropped in silence. Values are never shown where they could be a secret, which is text.
/// </summary>
public sealed class SectionBinder
{
    private readonly ICollection<string> _problems;

    private SectionBinder(ICollection<string> problems) => _problems = problems;

    /// <summary>Binds; what is wrong keeps its default.</summary>
    /// <typeparam name="T">The options.</typeparam>
    /// <param name="section">
    /// Where they stand. A value of its own is ignored: an environment variable may happen to have the section's name.
    /// </param>
    /// <param name="problems">Receives the problems, each beginning with the path of a key.</param>
    public static T Bind<T>(IConfigurationSection section, ICollection<string> problems)
        where T : class, new()
    {
        ArgumentNullException.ThrowIfNull(section);
        return (T)new SectionBinder(problems).Section(section, typeof(T));
    }

    private object Section(IConfigurationSection section, Type type)
    {
        object options = Activator.CreateInstance(type)!;
        IReadOnlyDictionary<string, PropertyInfo> keys = OptionType.Keys(type);
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (!keys.TryGetValue(child.Key, out PropertyInfo? property))
            {
                string[] known = [.. keys.Values.Select(key => key.Name)];
                Problem(child, $"unknown key{Spelling.Hint(child.Key, known)}; what exists: {string.Join(", ", known)}");
            }
            else if (Value(child, property.PropertyType, property) is { } value)
            {
                property.SetValue(options, value);
            }
        }

        return options;
    }

    /// <summary>Null for what is absent or, with a problem noted, wrong.</summary>
    private object? Value(IConfigurationSection section, Type type, PropertyInfo property)
        => OptionType.Words(type) is { } words ? Scalar(section, type, words, property)
            : OptionType.Element(type) is { } element ? List(section, element, property)
            : OptionType.Named(type) is { } named ? Dictionary(section, named, property)
            : !IsSection(section) ? null
            : OptionType.IsFree(type) ? section
            : Section(section, type);

    private object? Scalar(IConfigurationSection section, Type type, string words, PropertyInfo property)
    {
        if (section.GetChildren().Any())
        {
            return Problem(section, $"must be {words}, not a list or section");
        }

        if (section.Value is not { } text)
        {
            // Where a later file means to take a setting back, that would be a bound or a key less, in silence.
            return Problem(section, $"must be {words}, not null; leave it out for its default");
        }

        OptionRange? range = OptionRange.Of(property, type);
        return OptionType.Parse(text, type) is not { } value ? Problem(section, $"must be {words}{Range(range)}, not '{text}'")
            : range?.Contains(value) is false ? Problem(section, $"must be {words}{Range(range)}, not {text}")
            : value;
    }

    /// <summary>Elements in the order of their numbers. One value where a list belongs is a list of one.</summary>
    private IList? List(IConfigurationSection section, Type element, PropertyInfo property)
    {
        IConfigurationSection[] children = [.. section.GetChildren()];
        if (children.Any(child => !int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            // Its name is not repeated: one that wrote a key into the wrong place must not find it in a log.
            return (IList?)Problem(section, $"is a list: its elements are {section.Path}:0, {section.Path}:1 and so on");
        }

        if (section.Value is null && children.Length == 0)
        {
            return (IList?)Problem(section, "must be a list, not null; leave it out for its default");
        }

        if (section.Value is { Length: > 0 })
        {
            if (children.Length > 0)
            {
                return (IList?)Problem(section, "is given as one value and as a list; keep one of them");
            }

            children = [section];
        }

        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
        foreach (object value in children.Select(child => Value(child, element, property)).OfType<object>())
        {
            list.Add(value);
        }

        return list;
    }

    private IDictionary? Dictionary(IConfigurationSection section, Type type, PropertyInfo property)
    {
        if (!IsSection(section))
        {
            return null;
        }

        var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), type))!;
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (Value(child, type, property) is { } value)
            {
                dictionary.Add(child.Key, value);
            }
        }

        return dictionary;
    }

    /// <summary>An empty section has neither children nor value.</summary>
    private bool IsSection(IConfigurationSection section)
    {
        bool holds = section.Value is null;
        if (!holds)
        {
            Problem(section, "is a section of keys, not a value");
        }

        return holds;
    }

    private object? Problem(IConfigurationSection section, string message)
    {
        _problems.Add($"{section.Path}: {message}");
        return null;
    }

    private static string Range(OptionRange? range) => range is null ? "" : $" from {range}";
}
