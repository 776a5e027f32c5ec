using Alignment.Compute.Backends;
using Alignment.Compute.NextToken;
using Alignment.Compute.Reference;

namespace Alignment.Compute.Cpu;

/// <summary>The CPU backend. This first form answers through the reference; the SIMD kernels replace it operation by operation.</summary>
/// <param name="threads">Workers; null reads <c>ALIGNMENT_THREADS</c>, else one per processor.</param>
/// <param name="form">Width of the kernels; null reads <c>ALIGNMENT_SIMD</c> (512, 256 or scalar), else the widest the machine has.</param>
public sealed class CpuBackend(int? threads = null, SimdForm? form = null) : IBackend
{
    private readonly ReferenceBackend _reference = new();

    /// <inheritdoc/>
    public string Description => $"cpu, {form ?? SimdForm.Scalar}, {threads ?? 1} threads";

    /// <inheritdoc/>
    public Tensor CreateTensor(int rows, int columns) => _reference.CreateTensor(rows, columns);

    /// <inheritdoc/>
    public KvCache CreateCache(int layers, int pages, int keyValueHeads, int headSize) => _reference.CreateCache(layers, pages, keyValueHeads, headSize);

    /// <inheritdoc/>
    public WeightMatrix Pack(ReadOnlySpan<WeightSource> sources) => _reference.Pack(sources);

    /// <inheritdoc/>
    public LowRank PackLowRank(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rank, float scale) => _reference.PackLowRank(a, b, rank, scale);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, int firstRow, Tensor destination) => _reference.Upload(source, firstRow, destination);

    /// <inheritdoc/>
    public void Download(Tensor source, int row, Span<float> destination) => _reference.Download(source, row, destination);

    /// <inheritdoc/>
    public void Embed(WeightMatrix embedding, ReadOnlySpan<int> tokens, Tensor output) => _reference.Embed(embedding, tokens, output);

    /// <inheritdoc/>
    public void RmsNorm(Tensor input, Tensor weight, float epsilon, int rows, Tensor output) => _reference.RmsNorm(input, weight, epsilon, rows, output);

    /// <inheritdoc/>
    public void AddRmsNorm(Tensor delta, Tensor weight, float epsilon, int rows, Tensor residual, Tensor output)
        => _reference.AddRmsNorm(delta, weight, epsilon, rows, residual, output);

    /// <inheritdoc/>
    public void MatMul(Tensor input, WeightMatrix weight, Tensor? bias, ReadOnlySpan<LowRankRows> pairs, int rows, Tensor output)
        => _reference.MatMul(input, weight, bias, pairs, rows, output);

    /// <inheritdoc/>
    public void RotateAndStore(Tensor qkv, RotaryTable rotary, HeadNorm? norm, ReadOnlySpan<RowSegment> segments, int heads, int layer, KvCache cache)
        => _reference.RotateAndStore(qkv, rotary, norm, segments, heads, layer, cache);

    /// <inheritdoc/>
    public void Attend(Tensor qkv, KvCache cache, int layer, ReadOnlySpan<RowSegment> segments, int heads, Tensor output)
        => _reference.Attend(qkv, cache, layer, segments, heads, output);

    /// <inheritdoc/>
    public void GatedActivation(Tensor gateAndUp, int rows, Tensor output) => _reference.GatedActivation(gateAndUp, rows, output);

    /// <inheritdoc/>
    public void Silu(int rows, Tensor values) => _reference.Silu(rows, values);

    /// <inheritdoc/>
    public void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output) => _reference.GatherRows(input, rows, output);

    /// <inheritdoc/>
    public void CopyPage(int source, int destination, KvCache cache) => _reference.CopyPage(source, destination, cache);

    /// <inheritdoc/>
    public void ChooseNextTokens(ReadOnlySpan<NextTokenRow> rows) => _reference.ChooseNextTokens(rows);

    /// <inheritdoc/>
    public void Dispose() => _reference.Dispose();
}
