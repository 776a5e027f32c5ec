using System.Globalization;
using System.Text;
using System.Text.Json;
using Alignment.Training.Evaluation;

namespace Alignment.Cli.Commands.Evaluate;

/// <summary>How losses by source are shown: the sum of all sources last, named <see cref="All"/>.</summary>
internal static class LossReport
{
    private const string All = "all";

    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>A table.</summary>
    public static string Markdown(IEnumerable<SourceLoss> sources)
    {
        StringBuilder text = new("| source | documents | tokens | bytes | nats a token | bits a byte |\n|---|---:|---:|---:|---:|---:|\n");
        foreach (SourceLoss source in sources)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {Name(source)} | {source.Documents} | {source.Loss.Tokens} | {source.Bytes} | "
                + $"{source.Loss.Mean:F3} | {source.BitsPerByte:F3} |\n");
        }

        return text.ToString();
    }

    /// <summary>One array, an object a source.</summary>
    public static string Json(IEnumerable<SourceLoss> sources) => JsonSerializer.Serialize(
        sources.Select(source => new
        {
            Source = Name(source),
            source.Documents,
            source.Loss.Tokens,
            source.Bytes,
            NatsPerToken = source.Loss.Mean,
            source.BitsPerByte,
        }),
        s_json);

    private static string Name(SourceLoss source) => source.Source.Length == 0 ? All : source.Source;
}
