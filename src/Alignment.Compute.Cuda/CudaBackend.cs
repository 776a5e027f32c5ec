using Alignment.Compute.Contract;
using Alignment.Compute.Cuda.Adapters;
using Alignment.Compute.Cuda.Attention;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Launches;
using Alignment.Compute.Cuda.MatMul;
using Alignment.Compute.Cuda.Memory;
using Alignment.Compute.Cuda.NextToken;
using Alignment.Compute.Cuda.Session;
using static Alignment.Compute.Contract.BackendContract;

namespace Alignment.Compute.Cuda;

/// <summary>
/// The contract on an NVIDIA device, through the driver API alone: every operation queues launches for one stream, only chosen tokens come
/// back. Its kernels are compiled for the device at the first start and kept on disk. Passes of few rows are rounded up to a bucket (rows
/// past those used hold anything afterwards), so that a steady load repeats the same launches, which then run as one graph.
/// </summary>
/// <remarks>
/// Who owns the device's memory:
/// <code>
///   DeviceSession ── pool, stream, queue, kernels; disposed last
///     ├─ CudaTensor, CudaMatrix, CudaLora, CudaCache with its tables of pages    the caller's, who disposes them before the backend
///     ├─ Scratch of matmuls, adapters, attention, choices    the part's; grows to the largest call and stays
///     ├─ tables of rotary angles    the backend's, one pair for each RotaryTable it has met
///     └─ Mailbox    what the launches of a post read, and no later ones: written into two pinned pieces in turns, copied to one
///                   piece on the device ahead of them
///   Freed memory goes to the queue (Retire) and to the pool behind the launches that may still use it.
/// </code>
/// </remarks>
public sealed unsafe class CudaBackend : IBackend
{
    private readonly DeviceSession _session;
    private readonly IMatMul _matMul;
    private readonly AdapterMatMul _adapters;
    private readonly PagedAttention _attention;
    private readonly NextTokenBatch _choices;
    private readonly Dictionary<RotaryTable, (DeviceMemory Cosines, DeviceMemory Sines)> _rotaries = [];
    private uint _randomSeed;

    /// <summary>Opens a device and its kernels.</summary>
    /// <param name="ordinal">Which device.</param>
    /// <exception cref="CudaException">There is no such device, or a kernel does not compile.</exception>
    /// <exception cref="DllNotFoundException">There is no driver, or no NVRTC where kernels must be compiled.</exception>
    public CudaBackend(int ordinal = 0)
    {
        _session = new DeviceSession(ordinal);
        _matMul = CudaSettings.UsesLibrary ? new LibraryMatMul(_session) : new KernelMatMul(_session);
        _adapters = new AdapterMatMul(_session);
        _attention = new PagedAttention(_session);
        _choices = new NextTokenBatch(_session);
    }

    /// <summary>Whether this machine has the driver's library.</summary>
    public static bool IsAvailable => CudaLibraries.HasDriver;

    /// <inheritdoc/>
    public string Description => _session.Device.Description;

    /// <summary>
    /// Weights are not copied but drawn on the device, of variance 1 / inputs: for measurements of a shape whose weights are not at hand.
    /// bf16 only.
    /// </summary>
    internal bool RandomWeights { get; init; }

    internal DeviceSession Session => _session;

    /// <inheritdoc/>
    public Tensor CreateTensor(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        CudaTensor tensor = new(_session, rows, columns);
        _session.Stream.Clear(tensor.Address, tensor.Bytes);
        return tensor;
    }

    /// <inheritdoc/>
    public bool IsSynchronous => false;

    /// <inheritdoc/>
    public long AvailableMemory => _session.AvailableMemory;

    /// <inheritdoc/>
    public long CachePageBytes(int layers, int keyValueHeads, int headSize)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(headSize, KernelSet.AttentionWidths[^1]);
        return CudaCache.PageBytes(layers, keyValueHeads, headSize);
    }

    /// <inheritdoc/>
    public KvCache CreateCache(int layers, int pages, int keyValueHeads, int headSize)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(headSize, KernelSet.AttentionWidths[^1]);
        return new CudaCache(_session, layers, pages, keyValueHeads, headSize);
    }

    /// <inheritdoc/>
    public WeightMatrix Pack(ReadOnlySpan<WeightSource> sources)
    {
        int outputs = RequireStack(sources);
        CudaMatrix matrix = new(_session, outputs, sources[0].Inputs, sources[0].Type);
        if (RandomWeights)
        {
            FillRandom(matrix);
            return matrix;
        }

        nint target = matrix.Address;
        foreach (WeightSource source in sources)
        {
            target = Copy(source, target);
        }

        return matrix;
    }

    /// <inheritdoc/>
    public Lora PackLora(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rank, float scale)
    {
        Require(
            rank > 0 && !a.IsEmpty && !b.IsEmpty && a.Length % rank == 0 && b.Length % rank == 0,
            "A and B must have whole rows of the rank.");
        return new CudaLora(_session, a, b, rank, scale);
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, int firstRow, Tensor destination)
    {
        int rows = source.Length / destination.Columns;
        Require(
            rows * destination.Columns == source.Length && firstRow >= 0 && rows <= destination.Rows - firstRow,
            "The numbers must fill whole rows of the tensor.");
        _session.Upload(source, ((CudaTensor)destination).RowAddress(firstRow));
    }

    /// <inheritdoc/>
    public void Download(Tensor source, int row, Span<float> destination)
    {
        Require(row >= 0 && row < source.Rows && destination.Length >= source.Columns, "There is no such row, or no room for it.");
        _session.Download(((CudaTensor)source).RowAddress(row), destination[..source.Columns]);
    }

    /// <inheritdoc/>
    public void Embed(WeightMatrix embedding, ReadOnlySpan<int> tokens, Tensor output)
    {
        RequireRows(output, tokens.Length, embedding.Inputs);
        RequireIndexes(tokens, embedding.Outputs, "A token lies outside the vocabulary.");
        (nint ids, int rows) = Send(tokens, 0, output);
        Launch(_session.Kernels.Embed, rows).With(((CudaMatrix)embedding).Address)
            .With((int)embedding.Type)
            .With(ids)
            .With(embedding.Inputs)
            .With(Address(output));
    }

    /// <inheritdoc/>
    public void RmsNorm(Tensor input, Tensor weight, float epsilon, int rows, Tensor output) =>
        Norm(input, null, weight, epsilon, rows, output);

    /// <inheritdoc/>
    public void AddRmsNorm(Tensor delta, Tensor weight, float epsilon, int rows, Tensor residual, Tensor output)
    {
        RequireRows(delta, rows, residual.Columns);
        Norm(residual, delta, weight, epsilon, rows, output);
    }

    /// <inheritdoc/>
    public void MatMul(Tensor input, WeightMatrix weight, Tensor? bias, ReadOnlySpan<LoraRows> pairs, int rows, Tensor output)
    {
        RequireRows(input, rows, weight.Inputs);
        RequireRows(output, rows, weight.Outputs);
        RequireRows(bias ?? output, 1, weight.Outputs);
        RequirePairs(pairs, rows, weight);
        if (rows > 0)
        {
            _session.Enter();
            _matMul.Multiply(
                (CudaTensor)input,
                (CudaMatrix)weight,
                bias is null ? 0 : Address(bias),
                Math.Min(input.Rows, Padded(rows, output)),
                (CudaTensor)output);
            _adapters.Add(pairs, (CudaTensor)input, (CudaTensor)output);
        }
    }

    /// <inheritdoc/>
    public void RotateAndStore(
        Tensor qkv, RotaryTable rotary, HeadNorm? norm, ReadOnlySpan<RowSegment> segments, int heads, int layer, KvCache cache)
    {
        RequireRotary(rotary, segments, cache);
        Fill(qkv, qkv, segments, heads, layer, cache);
        PassTables tables = ((CudaCache)cache).Tables;
        (nint cosines, nint sines) = Rotary(rotary);
        (nint query, nint key, float epsilon) = norm is null ? (0, 0, 0) : (Address(norm.Query), Address(norm.Key), norm.Epsilon);
        Launch(_session.Kernels.RotateAndStore, tables.Rows, heads + (2 * cache.KeyValueHeads))
            .With(Address(qkv)).With(cosines).With(sines).With(query).With(key).With(epsilon)
            .With(tables.Positions).With(tables.Starts).With(tables.Pages).With(heads).With(layer).With(((CudaCache)cache).Shape);
    }

    /// <inheritdoc/>
    public void Attend(Tensor qkv, KvCache cache, int layer, ReadOnlySpan<RowSegment> segments, int heads, Tensor output)
    {
        Fill(qkv, output, segments, heads, layer, cache);
        Require(output.Columns == heads * cache.HeadSize, "The output is as wide as all heads.");
        _attention.Attend((CudaTensor)qkv, (CudaCache)cache, layer, heads, (CudaTensor)output);
    }

    /// <inheritdoc/>
    public void GatedActivation(Tensor gateAndUp, int rows, Tensor output)
    {
        RequireRows(gateAndUp, rows, output.Columns * 2);
        RequireRows(output, rows, output.Columns);
        Launch(
            _session.Kernels.GatedActivation,
            Math.Min(gateAndUp.Rows, Padded(rows, output)),
            Grid.Blocks(output.Columns, KernelSet.Stretch)).With(Address(gateAndUp))
            .With(output.Columns)
            .With(Address(output));
    }

    /// <inheritdoc/>
    public void Silu(int rows, Tensor values)
    {
        RequireRows(values, rows, values.Columns);
        long length = (long)Padded(rows, values) * values.Columns;
        Launch(_session.Kernels.Silu, Grid.Blocks(length, Grid.Threads)).With(Address(values)).With(length).With(Address(values));
    }

    /// <inheritdoc/>
    public void AddToRows(Tensor vectors, ReadOnlySpan<RowEdit> edits, Tensor values)
    {
        RequireRows(vectors, 0, values.Columns);
        int end = 0;
        foreach (RowEdit edit in edits)
        {
            Require(edit.Fits(vectors.Rows, values.Rows), "An edit lies outside the rows or the vectors.");
            end = Math.Max(end, edit.FirstRow + edit.Rows);
        }

        _session.Enter();
        int count = Buckets.Doubling(edits.Length);
        nint list = _session.Queue.Send(count, out Span<RowEdit> sent);
        edits.CopyTo(sent);
        sent[edits.Length..].Clear();
        Launch(_session.Kernels.AddToRows, Padded(end, values)).With(Address(vectors))
            .With(list)
            .With(count)
            .With(values.Columns)
            .With(Address(values));
    }

    /// <inheritdoc/>
    public void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        RequireRows(output, rows.Length, input.Columns);
        RequireIndexes(rows, input.Rows, "There is no such row.");
        (nint chosen, int count) = Send(rows, -1, output);
        Launch(_session.Kernels.GatherRows, count).With(Address(input)).With(chosen).With(input.Columns).With(Address(output));
    }

    /// <inheritdoc/>
    public void CopyPage(int source, int destination, KvCache cache)
    {
        Require((uint)source < (uint)cache.Pages && (uint)destination < (uint)cache.Pages, "There is no such page.");
        Launch(_session.Kernels.CopyPage, cache.Layers).With(source).With(destination).With(((CudaCache)cache).Shape);
    }

    /// <inheritdoc/>
    public void ChooseNextTokens(ReadOnlySpan<NextTokenRow> rows)
    {
        _session.Enter();
        if (rows.IsEmpty)
        {
            // A pass that answers nothing yet: the device begins while the host plans the next one.
            _session.Queue.Flush();
            return;
        }

        foreach (NextTokenRow row in rows)
        {
            RequireChoice(row);
        }

        _choices.Run(rows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Enter();
        foreach ((DeviceMemory cosines, DeviceMemory sines) in _rotaries.Values)
        {
            _session.Free(cosines);
            _session.Free(sines);
        }

        foreach (IDisposable part in (IDisposable[])[_attention, _choices, _adapters, _matMul, _session])
        {
            part.Dispose();
        }
    }

    private static nint Address(Tensor tensor) => ((CudaTensor)tensor).Address;

    /// <summary>Rows of a bucket, as far as the tensor has them.</summary>
    private static int Padded(int rows, Tensor tensor) => Math.Min(tensor.Rows, Buckets.Round(rows));

    private LaunchQueue Launch(nint kernel, int blocks, int blocksY = 1)
    {
        _session.Enter();
        return _session.Queue.Launch(kernel, blocks, blocksY);
    }

    /// <summary>One index for each row, rounded up to a bucket with a number of the kernel's choice.</summary>
    private (nint Address, int Rows) Send(ReadOnlySpan<int> indexes, int padding, Tensor output)
    {
        _session.Enter();
        int rows = Padded(indexes.Length, output);
        nint address = _session.Queue.Send(rows, out Span<int> sent);
        indexes.CopyTo(sent);
        sent[indexes.Length..].Fill(padding);
        return (address, rows);
    }

    /// <returns>Where the next weight goes.</returns>
    private nint Copy(WeightSource source, nint target)
    {
        const int Chunk = 1 << 30;
        long bytes = (long)source.Outputs * source.Inputs * CudaMatrix.SizeOf(source.Type);
        for (long start = 0; start < bytes; start += Chunk)
        {
            _session.Upload(new ReadOnlySpan<byte>(source.Data + start, (int)Math.Min(Chunk, bytes - start)), target + (nint)start);
        }

        return target + (nint)bytes;
    }

    private void FillRandom(CudaMatrix matrix)
    {
        Require(matrix.Type == DType.Bf16, "Random weights are bf16.");
        long count = (long)matrix.Outputs * matrix.Inputs;
        Launch(_session.Kernels.FillRandom, Grid.Blocks(count, KernelSet.RandomTile))
            .With(count).With(MathF.Sqrt(3f / matrix.Inputs)).With(_randomSeed++).With(matrix.Address);
    }

    private void Norm(Tensor input, Tensor? delta, Tensor weight, float epsilon, int rows, Tensor output)
    {
        RequireRows(output, rows, input.Columns);
        RequireRows(input, rows, input.Columns);
        Require(input.Columns % weight.Columns == 0, "The norm's size must divide the row.");
        int padded = Math.Min(Padded(rows, output), Padded(rows, delta ?? input));
        Launch(_session.Kernels.RmsNorm, Math.Min(padded, input.Rows), input.Columns / weight.Columns)
            .With(Address(input))
            .With(delta is null ? 0 : Address(delta))
            .With(Address(weight))
            .With(epsilon)
            .With(input.Columns)
            .With(weight.Columns)
            .With(Address(output));
    }

    private void Fill(Tensor qkv, Tensor output, ReadOnlySpan<RowSegment> segments, int heads, int layer, KvCache cache)
    {
        int rows = RequireSegments(qkv, segments, heads, layer, cache);
        int next = 0;
        foreach (RowSegment segment in segments)
        {
            Require(segment.FirstRow == next, "Segments must follow each other without gaps.");
            next += segment.Rows;
        }

        Require(rows <= output.Rows, "The output has too few rows.");
        _session.Enter();
        ((CudaCache)cache).Tables.Fill(segments, Math.Min(qkv.Rows, output.Rows), heads / cache.KeyValueHeads);
    }

    private (nint Cosines, nint Sines) Rotary(RotaryTable rotary)
    {
        if (!_rotaries.TryGetValue(rotary, out (DeviceMemory Cosines, DeviceMemory Sines) tables))
        {
            long bytes = (long)rotary.Cosines.Length * sizeof(float);
            tables = (_session.Allocate(bytes), _session.Allocate(bytes));
            _session.Stream.Upload<float>(rotary.Cosines, tables.Cosines.Address);
            _session.Stream.Upload<float>(rotary.Sines, tables.Sines.Address);
            _session.Stream.Synchronize();
            _rotaries.Add(rotary, tables);
        }

        return (tables.Cosines.Address, tables.Sines.Address);
    }
}
