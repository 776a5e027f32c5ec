using System.Globalization;
using Alignment.Benchmarks.Gpu.Model;
using Alignment.Benchmarks.Results;

namespace Alignment.Benchmarks.Gpu.Results;

/// <summary>The table of everything measured, each against its limit and its target.</summary>
internal sealed class Report(IReadOnlyList<SampleFile> files)
{
    /// <summary>Least shares of the limit: of the bandwidth of a copy, or of the rate of a large matmul.</summary>
    private static readonly Dictionary<string, double> s_shares = new(StringComparer.Ordinal)
    {
        [SampleNames.DecodeOne] = 0.75,
        [SampleNames.DecodeMany] = 0.6,
        [SampleNames.Prefill] = 0.5,
        [SampleNames.NextToken] = 1 / 1.5,
    };

    /// <summary>Ratios of times, with the bound on each; null only informs.</summary>
    private static readonly (string Name, string Over, double? Least, double? Most)[] s_ratios =
    [
        (SampleNames.GuidedOne, SampleNames.DecodeOne, null, 1.15),
        (SampleNames.HeadOne, SampleNames.DecodeOne, null, null),
        (SampleNames.GuidedMany, SampleNames.DecodeMany, null, null),
        (SampleNames.HeadMany, SampleNames.DecodeMany, null, null),
        (SampleNames.PeerGuidedOne, SampleNames.GuidedOne, 4, null),
        (SampleNames.PeerDecodeOne, SampleNames.DecodeOne, null, null),
        (SampleNames.PeerDecodeMany, SampleNames.DecodeMany, null, null),
        (SampleNames.PeerPrefill, SampleNames.Prefill, null, null),
    ];

    private readonly Dictionary<string, Sample> _samples = files.SelectMany(file => file.Samples).ToDictionary(
        sample => sample.Name, StringComparer.Ordinal);

    /// <returns>Whether everything that this program measures is in it.</returns>
    public bool Write(Workload workload, string path)
    {
        var table = new ResultTable($"On a GPU: {workload.Name}", "benchmarks/gpu.sh");
        table.AddLine($"{string.Join("; ", files.Select(file => file.Subject).Distinct())}.");
        table.AddLine($"bf16 weights, random. One sequence: context {Workload.ShortContext}; large batch: {workload.Batch} sequences, context {workload.Context}; prefill: {workload.Prompt} tokens; vocabulary {workload.Shape.Vocabulary}. Guided: an adapter of rank {workload.Rank} on every projection, or a token-reward head; transformers: a second model in a logits processor.");
        table.AddLine($"Limit: the copy's bandwidth (bytes read and written) for what moves bytes, the matmul of 8192 x 8192 x 8192 by PyTorch, else by cuBLASLt, for what computes. Keys and values count as two bytes a number. Host's clock, medians.");
        table.AddRow("measurement", "median ms", "rounds", "tokens/s", "rate", "of the limit", "wanted");
        Array.ForEach([.. SampleNames.Own, .. SampleNames.Library, .. SampleNames.Peers], name => AddSample(table, name));
        Array.ForEach(s_ratios, entry => AddRatio(table, entry.Name, entry.Over, entry.Least, entry.Most));
        table.Write(path);
        return SampleNames.Own.All(_samples.ContainsKey);
    }

    private static string Text(double? number, string format) => number?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private static string Rate(Sample sample) => sample switch
    {
        { Bytes: > 0 } => $"{Text(sample.Bytes / sample.Milliseconds / 1e6, "F1")} GB/s",
        { Operations: > 0 } => $"{Text(sample.Operations / sample.Milliseconds / 1e9, "F1")} TFLOP/s",
        _ => "",
    };

    private static string Verdict(double? value, double? least, double? most, string format)
    {
        if (least is null && most is null)
        {
            return "";
        }

        string met = value is null ? "not measured" : (value >= (least ?? 0) && value <= (most ?? double.MaxValue)) ? "met" : "missed";
        return least is null ? $"at most {Text(most, format)}: {met}" : $"at least {Text(least, format)}: {met}";
    }

    private void AddSample(ResultTable table, string name)
    {
        Sample? sample = _samples.GetValueOrDefault(name);
        double? share = sample is null ? null : Share(sample);
        double? wanted = s_shares.TryGetValue(name, out double least) ? least : null;
        table.AddRow(
            name, sample is null
                ? "not measured"
                : Text(sample.Milliseconds, "F3"), $"{sample?.Rounds}", sample is null or { Tokens: 0 }
                ? ""
                : Text(1000 * sample.Tokens / sample.Milliseconds, "F1"),
            sample is null ? "" : Rate(sample), Text(share, "P1"), Verdict(share, wanted, null, "P0"));
    }

    private void AddRatio(ResultTable table, string name, string over, double? least, double? most)
    {
        double? ratio = _samples.TryGetValue(name, out Sample? top) && _samples.TryGetValue(over, out Sample? bottom)
            ? top.Milliseconds / bottom.Milliseconds
            : null;
        if (ratio is not null || least is not null || most is not null)
        {
            table.AddRow($"{name} / {over}", "", "", "", "", Text(ratio, "F2"), Verdict(ratio, least, most, "F2"));
        }
    }

    private double? Share(Sample sample)
    {
        string limit = sample.Bytes > 0
            ? SampleNames.Copy
            : _samples.ContainsKey(SampleNames.PeerMatMul)
            ? SampleNames.PeerMatMul
            : SampleNames.LibraryMatMul;
        if (sample.Name == limit || sample.Bytes + sample.Operations == 0 || !_samples.TryGetValue(limit, out Sample? most))
        {
            return null;
        }

        return sample.Bytes > 0
            ? sample.Bytes / sample.Milliseconds / (most.Bytes / most.Milliseconds)
            : sample.Operations / sample.Milliseconds / (most.Operations / most.Milliseconds);
    }
}
