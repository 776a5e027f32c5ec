using Alignment.Compute.Backends;
using Alignment.Compute.Cuda.Compilation;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Memory;
using Alignment.Compute.Cuda.NextToken;
using Alignment.Compute.NextToken;

namespace Alignment.Compute.Cuda;

/// <summary>
/// The contract on an NVIDIA device, through the driver API alone: every operation is a launch on one stream, only chosen tokens come back. Its kernels are
/// compiled for the device at the first start and kept on disk.
/// </summary>
public sealed unsafe class CudaBackend : IBackend
{
    private readonly CudaDevice _device;
    private readonly CudaStream _stream;
    private readonly KernelModule _module;
    private readonly KernelSet _kernels;
    private readonly SegmentTable _segments = new();
    private readonly NextTokenBatch _choices = new();
    private readonly Staging<int> _tokens = new();
    private readonly Staging<float> _inner = new();
    private readonly Dictionary<RotaryTable, (DeviceMemory Cosines, DeviceMemory Sines)> _rotaries = [];
    private uint _randomSeed;
    private int _thread = Environment.CurrentManagedThreadId;

    /// <summary>Opens a device and its kernels.</summary>
    /// <param name="ordinal">Which device.</param>
    /// <exception cref="CudaException">There is no such device, or a kernel does not compile.</exception>
    /// <exception cref="DllNotFoundException">There is no driver, or no NVRTC where kernels must be compiled.</exception>
    public CudaBackend(int ordinal = 0)
    {
        _device = new CudaDevice(ordinal);
        _stream = new CudaStream();
        _module = new KernelModule(KernelCache.Default.Get(
            KernelSource.Text, _device.Architecture, KernelCompiler.Version, () => KernelCompiler.Compile(KernelSource.Text, _device.Architecture).Image));
        _kernels = new KernelSet(_module);
        Description = $"cuda:{ordinal}, {_device.Name}, {_device.Architecture}";
    }

    /// <summary>Whether this machine has the driver's library.</summary>
    public static bool IsAvailable => CudaLibraries.HasDriver;

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>Weights are not copied but drawn on the device, of variance 1 / inputs: for measurements of a shape whose weights are not at hand. bf16 only.</summary>
    internal bool RandomWeights { get; init; }

    /// <inheritdoc/>
    public Tensor CreateTensor(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        Enter();
        CudaTensor tensor = new(rows, columns);
        _stream.Clear(tensor.Address, tensor.Bytes);
        return tensor;
    }

    /// <inheritdoc/>
    public KvCache CreateCache(int layers, int pages, int keyValueHeads, int headSize)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(headSize, KernelSet.MostHeadSize);
        Enter();
        CudaCache cache = new(layers, pages, keyValueHeads, headSize);
        cache.Clear(_stream);
        return cache;
    }

    /// <inheritdoc/>
    public WeightMatrix Pack(ReadOnlySpan<WeightSource> sources)
    {
        Require(!sources.IsEmpty, "At least one weight is needed.");
        Enter();
        int outputs = 0;
        foreach (WeightSource source in sources)
        {
            Require(source.Inputs == sources[0].Inputs && source.Type == sources[0].Type, "Weights of different width or type cannot be stacked.");
            outputs = checked(outputs + source.Outputs);
        }

        CudaMatrix matrix = new(outputs, sources[0].Inputs, sources[0].Type);
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

        _stream.Synchronize();
        return matrix;
    }

    /// <inheritdoc/>
    public LowRank PackLowRank(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rank, float scale)
    {
        Require(rank > 0 && !a.IsEmpty && !b.IsEmpty && a.Length % rank == 0 && b.Length % rank == 0, "A and B must have whole rows of the rank.");
        Enter();
        CudaLowRank pair = new(b.Length / rank, a.Length / rank, rank);
        float[] scaled = Array.ConvertAll(b.ToArray(), number => number * scale);
        _stream.Upload(a, pair.A.Address);
        _stream.Upload<float>(scaled, pair.B.Address);
        _stream.Synchronize();
        return pair;
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, int firstRow, Tensor destination)
    {
        int rows = source.Length / destination.Columns;
        Require(rows * destination.Columns == source.Length && firstRow >= 0 && rows <= destination.Rows - firstRow, "The numbers must fill whole rows of the tensor.");
        Enter();
        _stream.Upload(source, ((CudaTensor)destination).RowAddress(firstRow));
        _stream.Synchronize();
    }

    /// <inheritdoc/>
    public void Download(Tensor source, int row, Span<float> destination)
    {
        Require(row >= 0 && row < source.Rows && destination.Length >= source.Columns, "There is no such row, or no room for it.");
        Enter();
        _stream.Download(((CudaTensor)source).RowAddress(row), destination[..source.Columns]);
    }

    /// <inheritdoc/>
    public void Embed(WeightMatrix embedding, ReadOnlySpan<int> tokens, Tensor output)
    {
        CheckRows(output, tokens.Length, embedding.Inputs);
        foreach (int token in tokens)
        {
            Require((uint)token < (uint)embedding.Outputs, "A token lies outside the vocabulary.");
        }

        nint ids = Stage(tokens);
        (nint weights, int type, int columns, nint target) = (((CudaMatrix)embedding).Address, (int)embedding.Type, embedding.Inputs, Address(output));
        void** parameters = stackalloc void*[] { &weights, &type, &ids, &columns, &target };
        Launch(_kernels.Embed, tokens.Length, 1, parameters);
    }

    /// <inheritdoc/>
    public void RmsNorm(Tensor input, Tensor weight, float epsilon, int rows, Tensor output) => Norm(input, 0, weight, epsilon, rows, output);

    /// <inheritdoc/>
    public void AddRmsNorm(Tensor delta, Tensor weight, float epsilon, int rows, Tensor residual, Tensor output)
    {
        CheckRows(delta, rows, residual.Columns);
        Norm(residual, Address(delta), weight, epsilon, rows, output);
    }

    /// <inheritdoc/>
    public void MatMul(Tensor input, WeightMatrix weight, Tensor? bias, ReadOnlySpan<LowRankRows> pairs, int rows, Tensor output)
    {
        CheckRows(input, rows, weight.Inputs);
        CheckRows(output, rows, weight.Outputs);
        CheckRows(bias ?? output, 1, weight.Outputs);
        (nint source, nint weights, int type, nint added) = (Address(input), ((CudaMatrix)weight).Address, (int)weight.Type, bias is null ? 0 : Address(bias));
        (int inputs, int outputs, nint target) = (weight.Inputs, weight.Outputs, Address(output));
        void** parameters = stackalloc void*[] { &source, &weights, &type, &added, &rows, &inputs, &outputs, &target };
        Launch(_kernels.MatMul, Blocks(outputs, KernelSet.Warps), Blocks(rows, KernelSet.MatMulRows), parameters);
        foreach (LowRankRows pair in pairs)
        {
            AddLowRank(pair, (CudaTensor)input, rows, (CudaTensor)output);
        }
    }

    /// <inheritdoc/>
    public void RotateAndStore(Tensor qkv, RotaryTable rotary, HeadNorm? norm, ReadOnlySpan<RowSegment> segments, int heads, int layer, KvCache cache)
    {
        Require(rotary.HalfHead * 2 == cache.HeadSize, "The rotary table is for another head size.");
        Fill(qkv, segments, heads, layer, cache);
        foreach (RowSegment segment in segments)
        {
            Require((long)(segment.FirstPosition + segment.Rows) * rotary.HalfHead <= rotary.Cosines.Length, "A position lies beyond the rotary table.");
        }

        (nint values, (nint cosines, nint sines)) = (Address(qkv), Tables(rotary));
        (nint query, nint key, float epsilon) = norm is null ? (0, 0, 0) : (Address(norm.Query), Address(norm.Key), norm.Epsilon);
        (nint positions, nint starts, nint tables, CudaCache.Layout shape) = (_segments.Positions, _segments.Starts, _segments.Tables, ((CudaCache)cache).Shape);
        void** parameters = stackalloc void*[] { &values, &cosines, &sines, &query, &key, &epsilon, &positions, &starts, &tables, &heads, &layer, &shape };
        Launch(_kernels.RotateAndStore, _segments.Rows, heads + (2 * cache.KeyValueHeads), parameters);
    }

    /// <inheritdoc/>
    public void Attend(Tensor qkv, KvCache cache, int layer, ReadOnlySpan<RowSegment> segments, int heads, Tensor output)
    {
        Fill(qkv, segments, heads, layer, cache);
        CheckRows(output, _segments.Rows, heads * cache.HeadSize);
        (nint values, nint positions, nint starts, nint tables) = (Address(qkv), _segments.Positions, _segments.Starts, _segments.Tables);
        (CudaCache.Layout shape, nint target) = (((CudaCache)cache).Shape, Address(output));
        void** parameters = stackalloc void*[] { &values, &positions, &starts, &tables, &heads, &layer, &shape, &target };
        Launch(_kernels.Attend, _segments.Rows, heads, parameters);
    }

    /// <inheritdoc/>
    public void GatedActivation(Tensor gateAndUp, int rows, Tensor output)
    {
        CheckRows(gateAndUp, rows, output.Columns * 2);
        CheckRows(output, rows, output.Columns);
        (nint source, int size, nint target) = (Address(gateAndUp), output.Columns, Address(output));
        void** parameters = stackalloc void*[] { &source, &size, &target };
        Launch(_kernels.GatedActivation, rows, 1, parameters);
    }

    /// <inheritdoc/>
    public void Silu(int rows, Tensor values)
    {
        CheckRows(values, rows, values.Columns);
        (int columns, nint target) = (values.Columns, Address(values));
        void** parameters = stackalloc void*[] { &columns, &target };
        Launch(_kernels.Silu, rows, 1, parameters);
    }

    /// <inheritdoc/>
    public void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        CheckRows(output, rows.Length, input.Columns);
        foreach (int row in rows)
        {
            Require((uint)row < (uint)input.Rows, "There is no such row.");
        }

        nint chosen = Stage(rows);
        (nint source, int columns, nint target) = (Address(input), input.Columns, Address(output));
        void** parameters = stackalloc void*[] { &source, &chosen, &columns, &target };
        Launch(_kernels.GatherRows, rows.Length, 1, parameters);
    }

    /// <inheritdoc/>
    public void CopyPage(int source, int destination, KvCache cache)
    {
        Require((uint)source < (uint)cache.Pages && (uint)destination < (uint)cache.Pages, "There is no such page.");
        CudaCache.Layout shape = ((CudaCache)cache).Shape;
        void** parameters = stackalloc void*[] { &source, &destination, &shape };
        Launch(_kernels.CopyPage, cache.Layers, 1, parameters);
    }

    /// <inheritdoc/>
    public void ChooseNextTokens(ReadOnlySpan<NextTokenRow> rows)
    {
        if (!rows.IsEmpty)
        {
            Enter();
            _choices.Run(rows, _kernels.NextToken, KernelSet.Threads, _stream);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Enter();
        foreach ((DeviceMemory cosines, DeviceMemory sines) in _rotaries.Values)
        {
            cosines.Dispose();
            sines.Dispose();
        }

        foreach (IDisposable part in new IDisposable[] { _segments, _choices, _tokens, _inner, _module, _stream, _device })
        {
            part.Dispose();
        }
    }

    private static nint Address(Tensor tensor) => ((CudaTensor)tensor).Address;

    private static int Blocks(int count, int size) => (count + size - 1) / size;

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new ArgumentException(problem);
        }
    }

    private static void CheckRows(Tensor tensor, int rows, int columns)
    {
        if (rows < 0 || rows > tensor.Rows || columns != tensor.Columns)
        {
            throw new ArgumentException($"A tensor of [{rows}, {columns}] is needed, not [{tensor.Rows}, {tensor.Columns}].");
        }
    }

    /// <summary>A context is current for one thread: the engine's loop runs on another than the loader.</summary>
    private void Enter()
    {
        int thread = Environment.CurrentManagedThreadId;
        if (_thread != thread)
        {
            _device.MakeCurrent();
            _thread = thread;
        }
    }

    private void Launch(nint kernel, int blocks, int blocksY, void** parameters)
    {
        if (blocks > 0 && blocksY > 0)
        {
            Enter();
            _stream.Launch(kernel, (blocks, blocksY), KernelSet.Threads, parameters);
        }
    }

    private nint Stage(ReadOnlySpan<int> items)
    {
        Enter();
        _tokens.Clear();
        _tokens.AddRange(items);
        return _tokens.Upload(_stream);
    }

    /// <returns>Where the next weight goes.</returns>
    private nint Copy(WeightSource source, nint target)
    {
        const int Chunk = 1 << 30;
        long bytes = (long)source.Outputs * source.Inputs * CudaMatrix.SizeOf(source.Type);
        for (long start = 0; start < bytes; start += Chunk)
        {
            _stream.Upload(new ReadOnlySpan<byte>(source.Data + start, (int)Math.Min(Chunk, bytes - start)), target + (nint)start);
        }

        return target + (nint)bytes;
    }

    private void FillRandom(CudaMatrix matrix)
    {
        Require(matrix.Type == DType.BF16, "Random weights are bf16.");
        long count = (long)matrix.Outputs * matrix.Inputs;
        (nint target, float scale, uint seed) = (matrix.Address, MathF.Sqrt(3f / matrix.Inputs), _randomSeed++);
        void** parameters = stackalloc void*[] { &count, &scale, &seed, &target };
        Launch(_kernels.FillRandom, checked((int)((count + KernelSet.RandomTile - 1) / KernelSet.RandomTile)), 1, parameters);
    }

    private void Norm(Tensor input, nint delta, Tensor weight, float epsilon, int rows, Tensor output)
    {
        CheckRows(output, rows, input.Columns);
        CheckRows(input, rows, input.Columns);
        Require(input.Columns % weight.Columns == 0, "The norm's size must divide the row.");
        (nint source, nint scales, int columns, int group, nint target) = (Address(input), Address(weight), input.Columns, weight.Columns, Address(output));
        void** parameters = stackalloc void*[] { &source, &delta, &scales, &epsilon, &columns, &group, &target };
        Launch(_kernels.RmsNorm, rows, columns / group, parameters);
    }

    private void AddLowRank(LowRankRows share, CudaTensor input, int rows, CudaTensor output)
    {
        var pair = (CudaLowRank)share.Pair;
        bool inside = share.FirstRow >= 0 && share.Rows >= 0 && share.Rows <= rows - share.FirstRow && share.FirstColumn >= 0 && pair.Outputs <= output.Columns - share.FirstColumn;
        Require(inside && pair.Inputs == input.Columns, "A LoRA pair does not fit its product.");
        Enter();
        nint inner = _inner.Reserve((long)share.Rows * pair.Rank);
        (nint source, nint a, int inputs, int rank) = (input.RowAddress(share.FirstRow), pair.A.Address, pair.Inputs, pair.Rank);
        void** first = stackalloc void*[] { &source, &a, &inputs, &rank, &inner };
        Launch(_kernels.LowRankInner, Blocks(rank, KernelSet.Warps), share.Rows, first);
        (nint b, int outputs, int stride) = (pair.B.Address, pair.Outputs, output.Columns);
        nint target = output.RowAddress(share.FirstRow) + (share.FirstColumn * sizeof(float));
        void** second = stackalloc void*[] { &inner, &b, &rank, &outputs, &stride, &target };
        Launch(_kernels.LowRankOuter, Blocks(outputs, KernelSet.Threads), share.Rows, second);
    }

    private void Fill(Tensor qkv, ReadOnlySpan<RowSegment> segments, int heads, int layer, KvCache cache)
    {
        Enter();
        Require((uint)layer < (uint)cache.Layers, "There is no such layer.");
        Require(heads % cache.KeyValueHeads == 0, "Key/value heads must divide the heads.");
        int row = 0;
        foreach (RowSegment segment in segments)
        {
            int positions = checked(segment.FirstPosition + segment.Rows);
            Require(segment.FirstRow == row && segment.Rows > 0 && segment.FirstPosition >= 0, "Segments must follow each other without gaps.");
            Require((positions - 1) / KvCache.PageSize < Math.Min(segment.Pages.Length, cache.Pages), "A segment has too few pages.");
            row += segment.Rows;
        }

        CheckRows(qkv, row, (heads + (2 * cache.KeyValueHeads)) * cache.HeadSize);
        _segments.Fill(segments, _stream);
    }

    private (nint Cosines, nint Sines) Tables(RotaryTable rotary)
    {
        if (!_rotaries.TryGetValue(rotary, out (DeviceMemory Cosines, DeviceMemory Sines) tables))
        {
            long bytes = (long)rotary.Cosines.Length * sizeof(float);
            tables = (new DeviceMemory(bytes), new DeviceMemory(bytes));
            _stream.Upload<float>(rotary.Cosines, tables.Cosines.Address);
            _stream.Upload<float>(rotary.Sines, tables.Sines.Address);
            _stream.Synchronize();
            _rotaries.Add(rotary, tables);
        }

        return (tables.Cosines.Address, tables.Sines.Address);
    }
}
