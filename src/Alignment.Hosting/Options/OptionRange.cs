using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Alignment.Hosting.Options;

/// <summary>
/// The bounds of a number or time, both allowed, as its property declares them with <see cref="RangeAttribute"/>; of a list or dictionary,
/// those of each value.
/// </summary>
internal sealed record OptionRange(IComparable Minimum, IComparable Maximum)
{
    /// <summary>The property's; null where it declares none.</summary>
    /// <param name="property">The property.</param>
    /// <param name="scalar">The type of one value.</param>
    public static OptionRange? Of(PropertyInfo property, Type scalar) => property.GetCustomAttribute<RangeAttribute>() is { } declared
        ? new OptionRange(Bound(declared.Minimum, scalar), Bound(declared.Maximum, scalar))
        : null;

    public bool Contains(IComparable value) => Minimum.CompareTo(value) <= 0 && Maximum.CompareTo(value) >= 0;

    /// <summary><c>1 to 1024</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Minimum} to {Maximum}");

    /// <summary>A bound has the type of the value, which it is compared with.</summary>
    private static IComparable Bound(object declared, Type scalar)
        => OptionType.Parse(Convert.ToString(declared, CultureInfo.InvariantCulture)!, scalar)
            ?? throw new InvalidOperationException($"{declared} is no {scalar.Name}.");
}
