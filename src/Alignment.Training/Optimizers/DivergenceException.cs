using System.Globalization;

namespace Alignment.Training.Optimizers;

/// <summary>Training left the finite numbers: what it has made is worth nothing.</summary>
public sealed class DivergenceException(string message) : Exception(message)
{
    /// <summary>Throws where a number of an update, such as its loss, is NaN or infinite.</summary>
    public static void ThrowIfNotFinite(double value, string name, int step)
    {
        if (!double.IsFinite(value))
        {
            string number = double.IsNaN(value) ? "NaN" : "infinite";
            throw new DivergenceException(string.Create(
                CultureInfo.InvariantCulture,
                $"training diverged: the {name} of update {step} is {number}; a lower --learning-rate may help"));
        }
    }
}
