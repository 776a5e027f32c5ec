using Alignment.Compute.Backends;
using Alignment.Compute.NextToken;
using Alignment.Compute.Reference;

namespace Alignment.Inference.Tests;

/// <summary>Computes nothing and allocates nothing after its tensors are made: what is left to measure is the engine.</summary>
internal sealed class QuietBackend : IBackend
{
    private readonly ReferenceBackend _reference = new();

    public string Description => "quiet";

    public Tensor CreateTensor(int rows, int columns) => _reference.CreateTensor(rows, columns);

    public KvCache CreateCache(int layers, int pages, int keyValueHeads, int headSize) => _reference.CreateCache(layers, pages, keyValueHeads, headSize);

    public WeightMatrix Pack(ReadOnlySpan<WeightSource> sources) => _reference.Pack(sources);

    public LowRank PackLowRank(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rank, float scale) => _reference.PackLowRank(a, b, rank, scale);

    public void Upload(ReadOnlySpan<float> source, int firstRow, Tensor destination) => _reference.Upload(source, firstRow, destination);

    public void Download(Tensor source, int row, Span<float> destination) => _reference.Download(source, row, destination);

    public void Embed(WeightMatrix embedding, ReadOnlySpan<int> tokens, Tensor output)
    {
    }

    public void RmsNorm(Tensor input, Tensor weight, float epsilon, int rows, Tensor output)
    {
    }

    public void AddRmsNorm(Tensor delta, Tensor weight, float epsilon, int rows, Tensor residual, Tensor output)
    {
    }

    public void MatMul(Tensor input, WeightMatrix weight, Tensor? bias, ReadOnlySpan<LowRankRows> pairs, int rows, Tensor output)
    {
    }

    public void RotateAndStore(Tensor qkv, RotaryTable rotary, HeadNorm? norm, ReadOnlySpan<RowSegment> segments, int heads, int layer, KvCache cache)
    {
    }

    public void Attend(Tensor qkv, KvCache cache, int layer, ReadOnlySpan<RowSegment> segments, int heads, Tensor output)
    {
    }

    public void GatedActivation(Tensor gateAndUp, int rows, Tensor output)
    {
    }

    public void Silu(int rows, Tensor values)
    {
    }

    public void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
    }

    public void CopyPage(int source, int destination, KvCache cache) => _reference.CopyPage(source, destination, cache);

    public void ChooseNextTokens(ReadOnlySpan<NextTokenRow> rows)
    {
        foreach (NextTokenRow row in rows)
        {
            row.Choice.Token = row.Position * 7 % row.Vocabulary;
        }
    }

    public void Dispose() => _reference.Dispose();
}
