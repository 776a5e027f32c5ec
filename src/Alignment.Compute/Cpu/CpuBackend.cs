using Alignment.Compute.Backends;
using Alignment.Compute.Cpu.Lanes;
using Alignment.Compute.NextToken;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cpu;

/// <summary>The SIMD backend of the host: chooses the width of its kernels once, at the start.</summary>
public sealed class CpuBackend : IBackend
{
    /// <summary>Most workers that may be asked for.</summary>
    public const int MaxThreads = 1024;

    private readonly ThreadTeam _team;
    private readonly IBackend _kernels;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">Workers; null reads <c>ALIGNMENT_THREADS</c>, else one per processor.</param>
    /// <param name="form">Width of the kernels; null reads <c>ALIGNMENT_SIMD</c> (512, 256 or scalar), else the widest the machine has.</param>
    /// <exception cref="PlatformNotSupportedException">The machine does not run the form.</exception>
    public CpuBackend(int? threads = null, SimdForm? form = null)
    {
        SimdForm chosen = form ?? CpuSettings.Form();
        if (!CpuSettings.IsSupported(chosen))
        {
            throw new PlatformNotSupportedException($"This machine does not run {chosen} kernels.");
        }

        _team = new ThreadTeam(threads ?? CpuSettings.Threads());
        Description = $"cpu, {chosen}, {_team.Workers} threads";
        _kernels = chosen switch
        {
            SimdForm.Vector512 => new LanesBackend<Lanes512>(_team, Description),
            SimdForm.Vector256 => new LanesBackend<Lanes256>(_team, Description),
            _ => new LanesBackend<LanesScalar>(_team, Description),
        };
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public long AvailableMemory => _kernels.AvailableMemory;

    /// <inheritdoc/>
    public long CachePageBytes(int layers, int keyValueHeads, int headSize) => _kernels.CachePageBytes(layers, keyValueHeads, headSize);

    /// <inheritdoc/>
    public Tensor CreateTensor(int rows, int columns) => _kernels.CreateTensor(rows, columns);

    /// <inheritdoc/>
    public KvCache CreateCache(int layers, int pages, int keyValueHeads, int headSize) => _kernels.CreateCache(layers, pages, keyValueHeads, headSize);

    /// <inheritdoc/>
    public WeightMatrix Pack(ReadOnlySpan<WeightSource> sources) => _kernels.Pack(sources);

    /// <inheritdoc/>
    public LowRank PackLowRank(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rank, float scale) => _kernels.PackLowRank(a, b, rank, scale);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, int firstRow, Tensor destination) => _kernels.Upload(source, firstRow, destination);

    /// <inheritdoc/>
    public void Download(Tensor source, int row, Span<float> destination) => _kernels.Download(source, row, destination);

    /// <inheritdoc/>
    public void Embed(WeightMatrix embedding, ReadOnlySpan<int> tokens, Tensor output) => _kernels.Embed(embedding, tokens, output);

    /// <inheritdoc/>
    public void RmsNorm(Tensor input, Tensor weight, float epsilon, int rows, Tensor output) => _kernels.RmsNorm(input, weight, epsilon, rows, output);

    /// <inheritdoc/>
    public void AddRmsNorm(Tensor delta, Tensor weight, float epsilon, int rows, Tensor residual, Tensor output)
        => _kernels.AddRmsNorm(delta, weight, epsilon, rows, residual, output);

    /// <inheritdoc/>
    public void MatMul(Tensor input, WeightMatrix weight, Tensor? bias, ReadOnlySpan<LowRankRows> pairs, int rows, Tensor output)
        => _kernels.MatMul(input, weight, bias, pairs, rows, output);

    /// <inheritdoc/>
    public void RotateAndStore(Tensor qkv, RotaryTable rotary, HeadNorm? norm, ReadOnlySpan<RowSegment> segments, int heads, int layer, KvCache cache)
        => _kernels.RotateAndStore(qkv, rotary, norm, segments, heads, layer, cache);

    /// <inheritdoc/>
    public void Attend(Tensor qkv, KvCache cache, int layer, ReadOnlySpan<RowSegment> segments, int heads, Tensor output)
        => _kernels.Attend(qkv, cache, layer, segments, heads, output);

    /// <inheritdoc/>
    public void GatedActivation(Tensor gateAndUp, int rows, Tensor output) => _kernels.GatedActivation(gateAndUp, rows, output);

    /// <inheritdoc/>
    public void Silu(int rows, Tensor values) => _kernels.Silu(rows, values);

    /// <inheritdoc/>
    public void AddToRows(Tensor vectors, ReadOnlySpan<RowEdit> edits, Tensor values) => _kernels.AddToRows(vectors, edits, values);

    /// <inheritdoc/>
    public void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output) => _kernels.GatherRows(input, rows, output);

    /// <inheritdoc/>
    public void CopyPage(int source, int destination, KvCache cache) => _kernels.CopyPage(source, destination, cache);

    /// <inheritdoc/>
    public void ChooseNextTokens(ReadOnlySpan<NextTokenRow> rows) => _kernels.ChooseNextTokens(rows);

    /// <inheritdoc/>
    public void Dispose()
    {
        _team.Dispose();
        _kernels.Dispose();
    }
}
