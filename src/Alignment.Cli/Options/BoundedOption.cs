using System.CommandLine;
using System.Globalization;

namespace Alignment.Cli.Options;

/// <summary>Integers within bounds. They parse their own text: a validator that reads a value that did not parse throws.</summary>
internal static class BoundedOption
{
    private const int MostThreads = 256;

    public static Option<int> Create(string name, string description, int least, int most, int usual) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => usual,
        CustomParser = result =>
        {
            if (!int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) || value < least || value > most)
            {
                result.AddError($"{name} must be {least} to {most}");
            }

            return value;
        },
    };

    public static Option<int> Threads() =>
        Create("--threads", "Worker threads; the outcome does not depend on them.", 1, MostThreads, Math.Min(Environment.ProcessorCount, MostThreads));
}
