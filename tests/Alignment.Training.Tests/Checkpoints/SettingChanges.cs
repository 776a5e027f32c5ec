using System.Collections;
using System.Reflection;
using System.Text.Json;

namespace Alignment.Training.Tests.Checkpoints;

/// <summary>
/// Every way of changing one setting, found by reflection, so that a setting added later is tested as well. A setting is named as users
/// read it: kebab case, those of a nested record after its name and a dot.
/// </summary>
internal static class SettingChanges
{
    private static readonly MethodInfo s_clone =
        typeof(object).GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!;

    /// <summary>A copy of the settings for each of them, with that one changed.</summary>
    public static Dictionary<string, TSettings> Of<TSettings>(TSettings settings)
        where TSettings : class => Changes(settings).ToDictionary(change => change.Name, change => (TSettings)change.Changed);

    private static IEnumerable<(string Name, object Changed)> Changes(object settings) =>
        from property in settings.GetType().GetProperties()
        where property.CanWrite
        let name = JsonNamingPolicy.KebabCaseLower.ConvertName(property.Name)
        from change in Values(name, property.GetValue(settings), property.PropertyType)
        select (change.Name, With(settings, property, change.Changed));

    private static IEnumerable<(string Name, object Changed)> Values(string name, object? value, Type type) => value switch
    {
        null => [(name, type == typeof(string) ? "other" : Activator.CreateInstance(Nullable.GetUnderlyingType(type)!)!)],
        bool flag => [(name, !flag)],
        int number => [(name, number - 1)],
        ulong number => [(name, number - 1)],
        float number => [(name, number / 2)],
        double number => [(name, number / 2)],
        string text => [(name, text + "x")],
        Enum choice => [(name, Enum.GetValues(choice.GetType()).Cast<object>().First(other => !other.Equals(choice)))],
        IReadOnlyList<int> numbers => [(name, numbers.Append(1).ToArray())],
        IEnumerable => throw new NotSupportedException($"{name}: say here how a {type} is changed"),
        _ => Changes(value).Select(change => ($"{name}.{change.Name}", change.Changed)),
    };

    private static object With(object settings, PropertyInfo property, object value)
    {
        object copy = s_clone.Invoke(settings, null)!;
        property.SetValue(copy, value);
        return copy;
    }
}
