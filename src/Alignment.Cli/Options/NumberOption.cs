using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;

namespace Alignment.Cli.Options;

/// <summary>
/// Numbers. They parse their own text: the library's message has the names of .NET's types, and a validator that reads a value that did
/// not parse throws.
/// </summary>
internal static class NumberOption
{
    /// <summary>Whatever is counted.</summary>
    public static readonly NumberRange Positive = new(1);

    /// <summary>Ids, seeds.</summary>
    public static readonly NumberRange FromZero = new(0);

    /// <summary>Rates and scales.</summary>
    public static readonly NumberRange AboveZero = new(0, ExcludesMinimum: true);

    private const int MaxShown = 60;

    private static readonly NumberRange s_threads = new(1, 256);

    /// <param name="name">With its dashes.</param>
    /// <param name="description">For help.</param>
    /// <param name="range">What is accepted; null where whoever takes the number says so.</param>
    /// <param name="usual">The value without the option.</param>
    public static Option<T> Create<T>(string name, string description, NumberRange? range, T usual)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        Option<T> option = CreateRequired<T>(name, description, range);
        option.Required = false;
        option.DefaultValueFactory = _ => usual;
        return option;
    }

    /// <summary>A number that must be given.</summary>
    public static Option<T> CreateRequired<T>(string name, string description, NumberRange? range)
        where T : struct, INumber<T>, IMinMaxValue<T> => new(name)
        {
            Description = description,
            Required = true,
            CustomParser = result => result.Tokens is [var token] ? Parse<T>(name, token.Value, range, result) : default,
        };

    /// <summary>A number that may be left out.</summary>
    public static Option<T?> CreateOptional<T>(string name, string description, NumberRange range)
        where T : struct, INumber<T>, IMinMaxValue<T> => new(name)
        {
            Description = description,
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = result => result.Tokens is [var token] ? Parse<T>(name, token.Value, range, result) : null,
        };

    /// <summary>Several numbers, each behind the option's name.</summary>
    public static Option<T[]> CreateList<T>(string name, string description, NumberRange range, T[] usual)
        where T : struct, INumber<T>, IMinMaxValue<T> => new(name)
        {
            Description = description,
            DefaultValueFactory = _ => usual,
            CustomParser = result => [.. result.Tokens.Select(token => Parse<T>(name, token.Value, range, result))],
        };

    public static Option<int> Threads() => Create(
        "--threads",
        "Worker threads; the outcome does not depend on them.",
        s_threads,
        Math.Min(Environment.ProcessorCount, (int)s_threads.Maximum));

    /// <summary>A clause for messages: what was given instead.</summary>
    public static string Not(string value) => $", not '{Excerpt.Of(value, MaxShown)}'";

    private static T Parse<T>(string name, string text, NumberRange? range, ArgumentResult result)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        bool isNumber = T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T value);
        bool valid = isNumber && T.IsFinite(value) && range?.Contains(double.CreateChecked(value)) is not false;
        if (!valid)
        {
            string kind = T.CreateTruncating(0.5) == T.Zero ? "a whole number" : "a number";
            string most = !isNumber && BigInteger.TryParse(text, CultureInfo.InvariantCulture, out _) ? $" and at most {T.MaxValue}" : "";
            result.AddError($"{name} must be {kind}{(range is null ? "" : $" {range}{most}")}{Not(text)}");
        }

        return value;
    }
}
