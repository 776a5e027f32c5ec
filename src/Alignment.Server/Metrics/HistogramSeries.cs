using System.Globalization;
using System.Text;

namespace Alignment.Server.Metrics;

/// <summary>A distribution in fixed buckets; the value of the base class is its sum.</summary>
internal sealed class HistogramSeries(double[] bounds) : Series
{
    private readonly long[] _counts = new long[bounds.Length + 1];

    protected override void Count(double value) =>
        _counts[Array.FindIndex(bounds, bound => value <= bound) is var i and >= 0 ? i : bounds.Length]++;

    protected override void WriteValue(StringBuilder text, string name, string labels, double value)
    {
        string prefix = labels.Length == 0 ? "" : $"{labels},";
        long total = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            total += _counts[i];
            string bound = i < bounds.Length ? bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
            Line(text, $"{name}_bucket", $"{prefix}le=\"{bound}\"", total);
        }

        Line(text, $"{name}_sum", labels, value);
        Line(text, $"{name}_count", labels, total);
    }
}
