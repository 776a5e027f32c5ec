using System.Collections.Concurrent;
using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;

namespace Alignment.Server.Tests.Doubles;

/// <summary>
/// The reference backend, which keeps every rule that the engine asks it to execute: what a request comes to at the last boundary.
/// </summary>
internal sealed class RecordingBackend : IBackend
{
    private readonly ReferenceBackend _inner = new();

    /// <summary>One for each row of each pass, in order; known tokens that were only scored are left out.</summary>
    public ConcurrentQueue<NextTokenRule> Rules { get; } = [];

    public string Description => _inner.Description;

    public bool IsSynchronous => _inner.IsSynchronous;

    public long AvailableMemory => _inner.AvailableMemory;

    public long CachePageBytes(int layers, int keyValueHeads, int headSize) => _inner.CachePageBytes(layers, keyValueHeads, headSize);

    public Tensor CreateTensor(int rows, int columns) => _inner.CreateTensor(rows, columns);

    public KvCache CreateCache(int layers, int pages, int keyValueHeads, int headSize)
        => _inner.CreateCache(layers, pages, keyValueHeads, headSize);

    public WeightMatrix Pack(ReadOnlySpan<WeightSource> sources) => _inner.Pack(sources);

    public Lora PackLora(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rank, float scale)
        => _inner.PackLora(a, b, rank, scale);

    public void Upload(ReadOnlySpan<float> source, int firstRow, Tensor destination) => _inner.Upload(source, firstRow, destination);

    public void Download(Tensor source, int row, Span<float> destination) => _inner.Download(source, row, destination);

    public void Embed(WeightMatrix embedding, ReadOnlySpan<int> tokens, Tensor output) => _inner.Embed(embedding, tokens, output);

    public void RmsNorm(Tensor input, Tensor weight, float epsilon, int rows, Tensor output)
        => _inner.RmsNorm(input, weight, epsilon, rows, output);

    public void AddRmsNorm(Tensor delta, Tensor weight, float epsilon, int rows, Tensor residual, Tensor output)
        => _inner.AddRmsNorm(delta, weight, epsilon, rows, residual, output);

    public void MatMul(Tensor input, WeightMatrix weight, Tensor? bias, ReadOnlySpan<LoraRows> pairs, int rows, Tensor output)
        => _inner.MatMul(input, weight, bias, pairs, rows, output);

    public void RotateAndStore(
        Tensor qkv, RotaryTable rotary, HeadNorm? norm, ReadOnlySpan<RowSegment> segments, int heads, int layer, KvCache cache)
        => _inner.RotateAndStore(qkv, rotary, norm, segments, heads, layer, cache);

    public void Attend(Tensor qkv, KvCache cache, int layer, ReadOnlySpan<RowSegment> segments, int heads, Tensor output)
        => _inner.Attend(qkv, cache, layer, segments, heads, output);

    public void GatedActivation(Tensor gateAndUp, int rows, Tensor output) => _inner.GatedActivation(gateAndUp, rows, output);

    public void Silu(int rows, Tensor values) => _inner.Silu(rows, values);

    public void AddToRows(Tensor vectors, ReadOnlySpan<RowEdit> edits, Tensor values) => _inner.AddToRows(vectors, edits, values);

    public void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output) => _inner.GatherRows(input, rows, output);

    public void CopyPage(int source, int destination, KvCache cache) => _inner.CopyPage(source, destination, cache);

    public void ChooseNextTokens(ReadOnlySpan<NextTokenRow> rows)
    {
        foreach (NextTokenRow row in rows)
        {
            if (row.Given is null)
            {
                Rules.Enqueue(Masked(row));
            }
        }

        _inner.ChooseNextTokens(rows);
    }

    public void Dispose() => _inner.Dispose();

    /// <summary>What a mask forbids shows as a bias of negative infinity, which is the same.</summary>
    private static NextTokenRule Masked(in NextTokenRow row)
    {
        if (row.Mask is not { } mask)
        {
            return row.Rule;
        }

        IEnumerable<int> forbidden = Enumerable.Range(0, row.Vocabulary).Where(token => !mask[token]);
        return row.Rule with { Bias = [.. row.Rule.Bias, .. forbidden.Select(token => new TokenBias(token, float.NegativeInfinity))] };
    }
}
