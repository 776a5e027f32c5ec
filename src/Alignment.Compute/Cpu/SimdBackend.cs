using System.Runtime.CompilerServices;
using Alignment.Compute.Contract;
using Alignment.Compute.Cpu.Kernels;
using Alignment.Compute.Cpu.Layouts;
using Alignment.Compute.Cpu.NextToken;
using Alignment.Compute.Cpu.Simd;
using Alignment.Compute.Memory;
using Alignment.Compute.Threading;
using static Alignment.Compute.Contract.BackendContract;

namespace Alignment.Compute.Cpu;

/// <summary>
/// The contract over one SIMD form: checks what it is given, then lets the team run a job. Buffers grow to the largest call and stay.
/// </summary>
/// <param name="team">Owned.</param>
/// <param name="description">What it runs on.</param>
internal sealed unsafe class SimdBackend<T>(ThreadTeam team, string description) : IBackend
    where T : struct, ISimd<T>
{
    /// <summary>Numbers below which waking the team costs more than it saves.</summary>
    private const long WorthSharing = 4096;

    private readonly List<NextTokenScratch> _scratch = [];
    private NativeBuffer<float> _scores = new(0);
    private NativeBuffer<float> _inner = new(0);
    private NativeBuffer<float> _evenInputs = new(0);
    private RowSegment[] _segments = [];
    private LoraRows[] _pairs = [];
    private RowEdit[] _edits = [];
    private NextTokenRow[] _choices = [];

    /// <inheritdoc/>
    public string Description { get; } = description;

    /// <inheritdoc/>
    public bool IsSynchronous => true;

    public long AvailableMemory => HostMemory.Available;

    /// <inheritdoc/>
    public long CachePageBytes(int layers, int keyValueHeads, int headSize) => PagedCache.PageBytes(layers, keyValueHeads, headSize);

    /// <inheritdoc/>
    public Tensor CreateTensor(int rows, int columns) => new HostTensor(rows, columns);

    /// <inheritdoc/>
    public KvCache CreateCache(int layers, int pages, int keyValueHeads, int headSize)
    {
        Reserve(ref _scores, (long)pages * KvCache.PageSize * team.Workers);
        return new PagedCache(layers, pages, keyValueHeads, headSize);
    }

    /// <inheritdoc/>
    public WeightMatrix Pack(ReadOnlySpan<WeightSource> sources)
    {
        int outputs = BackendContract.RequireStack(sources);
        var matrix = new PanelMatrix(outputs, sources[0].Inputs, sources[0].Type);
        int first = 0;
        foreach (WeightSource source in sources)
        {
            team.Run(new PackJob(source, first, matrix));
            first += source.Outputs;
        }

        return matrix;
    }

    /// <inheritdoc/>
    public Lora PackLora(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rank, float scale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        Require(!a.IsEmpty && !b.IsEmpty && a.Length % rank == 0 && b.Length % rank == 0, "A and B must have whole rows of the rank.");
        return new PanelLora(a, b, b.Length / rank, a.Length / rank, rank, scale);
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, int firstRow, Tensor destination)
    {
        int rows = source.Length / destination.Columns;
        Require(
            rows * destination.Columns == source.Length && firstRow >= 0 && rows <= destination.Rows - firstRow,
            "The numbers must fill whole rows of the tensor.");
        source.CopyTo(new Span<float>(Host(destination).Pointer + ((long)firstRow * destination.Columns), source.Length));
    }

    /// <inheritdoc/>
    public void Download(Tensor source, int row, Span<float> destination) => Host(source).Row(row).CopyTo(destination);

    /// <inheritdoc/>
    public void Embed(WeightMatrix embedding, ReadOnlySpan<int> tokens, Tensor output)
    {
        RequireRows(output, tokens.Length, embedding.Inputs);
        RequireIndexes(tokens, embedding.Outputs, "A token lies outside the vocabulary.");
        fixed (int* pointer = tokens)
        {
            Launch(
                new EmbedJob((PanelMatrix)embedding, pointer, tokens.Length, Host(output).Pointer, output.Columns),
                (long)tokens.Length * output.Columns);
        }
    }

    /// <inheritdoc/>
    public void RmsNorm(Tensor input, Tensor weight, float epsilon, int rows, Tensor output) =>
        Norm(null, input, weight, epsilon, rows, output);

    /// <inheritdoc/>
    public void AddRmsNorm(Tensor delta, Tensor weight, float epsilon, int rows, Tensor residual, Tensor output)
    {
        RequireRows(delta, rows, residual.Columns);
        Norm(Host(delta).Pointer, residual, weight, epsilon, rows, output);
    }

    /// <inheritdoc/>
    public void MatMul(Tensor input, WeightMatrix weight, Tensor? bias, ReadOnlySpan<LoraRows> pairs, int rows, Tensor output)
    {
        RequireRows(input, rows, weight.Inputs);
        RequireRows(output, rows, weight.Outputs);
        RequireRows(bias ?? output, 1, weight.Outputs);
        var matrix = (PanelMatrix)weight;
        int stride = matrix.Pairs * 2;
        var operands = new MatMulOperands
        {
            Inputs = stride == input.Columns ? Host(input).Pointer : FillToPairs(input, rows),
            InputStride = stride,
            Weights = matrix,
            Bias = bias is null ? null : Host(bias).Pointer,
            Rows = rows,
            Outputs = Host(output).Pointer,
            OutputStride = output.Columns,
            Pairs = Share(pairs, matrix, rows),
        };
        if (!pairs.IsEmpty)
        {
            team.Run(new LoraInnerJob<T>(operands.Inputs, stride, operands.Pairs));
        }

        if (weight.Type == DType.Bf16)
        {
            Launch(new MatMulJob<T, Bf16Panels>(operands), (long)weight.Outputs * weight.Inputs);
        }
        else
        {
            Launch(new MatMulJob<T, F32Panels>(operands), (long)weight.Outputs * weight.Inputs);
        }
    }

    /// <inheritdoc/>
    public void RotateAndStore(
        Tensor qkv, RotaryTable rotary, HeadNorm? norm, ReadOnlySpan<RowSegment> segments, int heads, int layer, KvCache cache)
    {
        var pages = (PagedCache)cache;
        int rows = RequireSegments(qkv, segments, heads, layer, cache);
        RequireRotary(rotary, segments, cache);
        var job = new RotateJob<T>(Host(qkv).Pointer, qkv.Columns, rotary, norm, Copy(segments), heads, layer, pages);
        Launch(job, (long)rows * qkv.Columns);
    }

    /// <inheritdoc/>
    public void Attend(Tensor qkv, KvCache cache, int layer, ReadOnlySpan<RowSegment> segments, int heads, Tensor output)
    {
        int rows = RequireSegments(qkv, segments, heads, layer, cache);
        RequireRows(output, rows, heads * cache.HeadSize);
        team.Run(
            new AttendJob<T>(
                Host(qkv).Pointer, qkv.Columns, Copy(segments), heads, layer, (PagedCache)cache, _scores.Pointer, Host(output).Pointer));
    }

    /// <inheritdoc/>
    public void GatedActivation(Tensor gateAndUp, int rows, Tensor output)
    {
        RequireRows(gateAndUp, rows, output.Columns * 2);
        RequireRows(output, rows, output.Columns);
        Launch(new GateJob<T>(Host(gateAndUp).Pointer, output.Columns, rows, Host(output).Pointer), (long)rows * output.Columns);
    }

    /// <inheritdoc/>
    public void Silu(int rows, Tensor values)
    {
        RequireRows(values, rows, values.Columns);
        Launch(new SiluJob<T>(values.Columns, rows, Host(values).Pointer), (long)rows * values.Columns);
    }

    /// <inheritdoc/>
    public void AddToRows(Tensor vectors, ReadOnlySpan<RowEdit> edits, Tensor values)
    {
        RequireRows(vectors, 0, values.Columns);
        long rows = 0;
        foreach (RowEdit edit in edits)
        {
            Require(edit.Fits(vectors.Rows, values.Rows), "An edit lies outside the rows or the vectors.");
            rows += edit.Rows;
        }

        Launch(
            new AddRowsJob<T>(Host(vectors).Pointer, Keep(edits, ref _edits), edits.Length, values.Columns, Host(values).Pointer),
            rows * values.Columns);
    }

    /// <inheritdoc/>
    public void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        RequireRows(output, rows.Length, input.Columns);
        for (int row = 0; row < rows.Length; row++)
        {
            Host(input).Row(rows[row]).CopyTo(Host(output).Row(row));
        }
    }

    /// <inheritdoc/>
    public void CopyPage(int source, int destination, KvCache cache) => ((PagedCache)cache).CopyPage(source, destination);

    /// <inheritdoc/>
    public void ChooseNextTokens(ReadOnlySpan<NextTokenRow> rows)
    {
        while (_scratch.Count < team.Workers)
        {
            _scratch.Add(new NextTokenScratch());
        }

        foreach (NextTokenRow row in rows)
        {
            RequireChoice(row);
        }

        Launch(
            new NextTokenJob<T>(Keep(rows, ref _choices), rows.Length, _scratch),
            rows.Length > 1 ? (long)rows.Length * rows[0].Vocabulary : 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        team.Dispose();
        _scores.Dispose();
        _inner.Dispose();
        _evenInputs.Dispose();
        _scratch.ForEach(scratch => scratch.Dispose());
    }

    private static HostTensor Host(Tensor tensor) => (HostTensor)tensor;

    private static TItem[] Keep<TItem>(ReadOnlySpan<TItem> items, ref TItem[] kept)
    {
        if (kept.Length < items.Length)
        {
            kept = new TItem[items.Length * 2];
        }

        items.CopyTo(kept);
        return kept;
    }

    private static float* Reserve(ref NativeBuffer<float> buffer, long length)
    {
        if (buffer.Length < length)
        {
            buffer.Dispose();
            buffer = new NativeBuffer<float>(length * 2);
        }

        return buffer.Pointer;
    }

    private void Norm(float* delta, Tensor input, Tensor weight, float epsilon, int rows, Tensor output)
    {
        RequireRows(output, rows, input.Columns);
        RequireRows(input, rows, input.Columns);
        Require(input.Columns % weight.Columns == 0, "The norm's size must divide the row.");
        var job = new NormJob<T>(
            delta, Host(input).Pointer, Host(weight).Pointer, input.Columns, weight.Columns, epsilon, rows, Host(output).Pointer);
        Launch(job, (long)rows * input.Columns);
    }

    private Segments Copy(ReadOnlySpan<RowSegment> segments) => new(Keep(segments, ref _segments), segments.Length);

    private LoraShares Share(ReadOnlySpan<LoraRows> pairs, PanelMatrix weight, int rows)
    {
        RequirePairs(pairs, rows, weight);
        long inner = 0;
        foreach (LoraRows pair in pairs)
        {
            inner += (long)pair.Rows * ((PanelLora)pair.Pair).PaddedRank;
        }

        return new LoraShares(Keep(pairs, ref _pairs), pairs.Length, Reserve(ref _inner, inner));
    }

    /// <summary>Panels hold pairs of inputs: a row of an odd length is copied and gets a zero.</summary>
    private float* FillToPairs(Tensor input, int rows)
    {
        int stride = input.Columns + 1;
        float* filled = Reserve(ref _evenInputs, (long)rows * stride);
        for (int row = 0; row < rows; row++)
        {
            Host(input).Row(row).CopyTo(new Span<float>(filled + ((long)row * stride), input.Columns));
            filled[((long)row * stride) + input.Columns] = 0;
        }

        return filled;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Launch<TJob>(TJob job, long numbers)
        where TJob : struct, IParallelJob
    {
        if (numbers < WorthSharing)
        {
            job.Execute(0, 1);
        }
        else
        {
            team.Run(job);
        }
    }
}
