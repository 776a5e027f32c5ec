using System.Globalization;
using Alignment.Decoding.Problems;

namespace Alignment.Decoding.Requests;

/// <summary>The numbers that one parameter may have, both ends included unless it says otherwise. NaN is in no range.</summary>
/// <param name="Minimum">Least.</param>
/// <param name="Maximum">Most; infinite where only memory and time are the limit.</param>
/// <param name="ExcludesMinimum">Whether values must be above <paramref name="Minimum"/>.</param>
public sealed record NumberRange(double Minimum, double Maximum = double.PositiveInfinity, bool ExcludesMinimum = false)
{
    /// <summary>Whether a value is in it.</summary>
    public bool Contains(double value) => (ExcludesMinimum ? value > Minimum : value >= Minimum) && value <= Maximum;

    /// <summary>Notes a value that is not in it, unless something is wrong with the field already.</summary>
    /// <param name="value">The value.</param>
    /// <param name="path">The field as the client wrote it.</param>
    /// <param name="problems">Receives the problem.</param>
    /// <returns>Whether the value is in it.</returns>
    public bool Check(double value, string path, ProblemCollection problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        bool valid = Contains(value);
        if (!valid && !problems.Touch(path))
        {
            problems.Add(new RequestProblem(path, $"must be {this}"));
        }

        return valid;
    }

    /// <summary>For messages: "between 0 and 2", "above 0 and at most 1", "at least 0".</summary>
    public override string ToString() => (ExcludesMinimum, double.IsFinite(Maximum)) switch
    {
        (false, true) => string.Create(CultureInfo.InvariantCulture, $"between {Minimum} and {Maximum}"),
        (true, true) => string.Create(CultureInfo.InvariantCulture, $"above {Minimum} and at most {Maximum}"),
        (false, false) => string.Create(CultureInfo.InvariantCulture, $"at least {Minimum}"),
        (true, false) => string.Create(CultureInfo.InvariantCulture, $"above {Minimum}"),
    };
}
