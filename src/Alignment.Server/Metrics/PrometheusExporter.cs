using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Alignment.Server.Metrics;

/// <summary>Adds up the measurements of one meter factory and writes them in Prometheus' text format (0.0.4).</summary>
internal sealed class PrometheusExporter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, Instrument> _instruments = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Name, string Labels), Series> _series = new();

    public PrometheusExporter(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ServerMetrics.Meter && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                _instruments.TryAdd(instrument.Name, instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (Instrument instrument in _instruments.Values.OrderBy(i => i.Name, StringComparer.Ordinal))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"# HELP {instrument.Name} {instrument.Description}\n# TYPE {instrument.Name} {Kind(instrument)}\n");
            foreach (((_, string labels), Series series)
                in _series.Where(s => s.Key.Name == instrument.Name).OrderBy(s => s.Key.Labels, StringComparer.Ordinal))
            {
                series.Write(text, instrument.Name, labels);
            }
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Series series = _series.GetOrAdd((instrument.Name, Labels(tags)), static (_, source) => Create(source), instrument);
        if (instrument.IsObservable)
        {
            series.Set(value);
        }
        else
        {
            series.Add(value);
        }
    }

    private static Series Create(Instrument instrument)
        => instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds }
            ? new HistogramSeries([.. bounds])
            : new Series();

    private static string Kind(Instrument instrument) => instrument switch
    {
        Histogram<double> => "histogram",
        ObservableGauge<long> => "gauge",
        _ => "counter",
    };

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder();
        foreach ((string name, object? value) in tags)
        {
            string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            string escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace(
                "\n", "\\n", StringComparison.Ordinal);
            labels.Append(labels.Length == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{name}=\"{escaped}\"");
        }

        return labels.ToString();
    }
}
