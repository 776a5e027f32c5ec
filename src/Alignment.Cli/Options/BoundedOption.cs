using System.CommandLine;
using System.Globalization;
using System.Numerics;
using Alignment.Decoding.Requests;

namespace Alignment.Cli.Options;

/// <summary>Numbers within a range. They parse their own text: a validator that reads a value that did not parse throws.</summary>
internal static class BoundedOption
{
    private static readonly NumberRange s_threads = new(1, 256);

    public static Option<T> Create<T>(string name, string description, NumberRange range, T usual)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            DefaultValueFactory = _ => usual,
            CustomParser = result =>
            {
                if (!T.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) || !range.Contains(double.CreateChecked(value)))
                {
                    result.AddError($"{name} must be {range}");
                }

                return value;
            },
        };

    public static Option<int> Threads() =>
        Create("--threads", "Worker threads; the outcome does not depend on them.", s_threads, Math.Min(Environment.ProcessorCount, (int)s_threads.Maximum));
}
