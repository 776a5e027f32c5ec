using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Alignment.Hosting.Options;

/// <summary>What the type of an option says about how it is written.</summary>
internal static class OptionType
{
    private static readonly CultureInfo s_culture = CultureInfo.InvariantCulture;

    /// <summary>The keys of a section by name, upper and lower case alike; delegates are wired by code and are no keys.</summary>
    public static IReadOnlyDictionary<string, PropertyInfo> Keys(Type section) => section
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.CanWrite && !typeof(Delegate).IsAssignableFrom(property.PropertyType))
        .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>T of a list of T; null for any other type.</summary>
    public static Type? Element(Type type) => Argument(type, typeof(IReadOnlyList<>), 0);

    /// <summary>T of a dictionary from names to T; null for any other type.</summary>
    public static Type? Named(Type type) => Argument(type, typeof(IReadOnlyDictionary<,>), 1);

    /// <summary>Whether its keys are checked by somebody else.</summary>
    public static bool IsFree(Type type) => type == typeof(IConfigurationSection);

    /// <summary>The words for a value of a scalar type; null for lists, dictionaries and sections.</summary>
    public static string? Words(Type type) => Bare(type) switch
    {
        { } t when t == typeof(string) => "text",
        { } t when t == typeof(bool) => "true or false",
        { } t when t == typeof(int) || t == typeof(long) => "an integer",
        { } t when t == typeof(float) || t == typeof(double) => "a number",
        { } t when t == typeof(TimeSpan) => "a time such as 00:00:20",
        _ => null,
    };

    /// <summary>A text as a value of a scalar type; null where it is none. A time needs a colon: 20 would be twenty days.</summary>
    public static IComparable? Parse(string text, Type type) => Bare(type) switch
    {
        { } t when t == typeof(string) => text,
        { } t when t == typeof(bool) => bool.TryParse(text, out bool truth) ? truth : null,
        { } t when t == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, s_culture, out int number) ? number : null,
        { } t when t == typeof(long) => long.TryParse(text, NumberStyles.AllowLeadingSign, s_culture, out long number) ? number : null,
        { } t when t == typeof(float) => Number(text) is { } number && float.IsFinite((float)number) ? (float)number : null,
        { } t when t == typeof(double) => Number(text),
        { } t when t == typeof(TimeSpan) => text.Contains(':') && TimeSpan.TryParse(text, s_culture, out TimeSpan time) ? time : null,
        _ => null,
    };

    private static double? Number(string text)
        => double.TryParse(text, NumberStyles.Float, s_culture, out double number) && double.IsFinite(number) ? number : null;

    private static Type Bare(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static Type? Argument(Type type, Type generic, int position)
        => type.IsGenericType && type.GetGenericTypeDefinition() == generic ? type.GetGenericArguments()[position] : null;
}
