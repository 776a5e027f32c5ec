using System.Globalization;
using System.Text;

namespace Alignment.Server.Metrics;

/// <summary>One number that changes: an instrument under one set of labels.</summary>
internal class Series
{
    private readonly Lock _lock = new();
    private double _value;

    public void Set(double value)
    {
        lock (_lock)
        {
            _value = value;
        }
    }

    public void Add(double value)
    {
        lock (_lock)
        {
            _value += value;
            Count(value);
        }
    }

    public void Write(StringBuilder text, string name, string labels)
    {
        lock (_lock)
        {
            WriteValue(text, name, labels, _value);
        }
    }

    protected virtual void Count(double value)
    {
    }

    protected virtual void WriteValue(StringBuilder text, string name, string labels, double value) => Line(text, name, labels, value);

    protected static void Line(StringBuilder text, string name, string labels, double value)
        => text.Append(name).Append(labels.Length == 0 ? "" : $"{{{labels}}}").Append(CultureInfo.InvariantCulture, $" {value}\n");
}
