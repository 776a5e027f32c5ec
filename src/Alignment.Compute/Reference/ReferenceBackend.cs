using Alignment.Compute.Contract;
using Alignment.Compute.Memory;

namespace Alignment.Compute.Reference;

/// <summary>
/// The contract in its slowest and plainest form: scalar loops, sums in double precision, one thread. It is the oracle of every other
/// backend and stays readable at the price of speed.
/// </summary>
public sealed class ReferenceBackend : IBackend
{
    /// <inheritdoc/>
    public string Description => "reference, double precision, 1 thread";

    /// <inheritdoc/>
    public Tensor CreateTensor(int rows, int columns) => new HostTensor(rows, columns);

    /// <inheritdoc/>
    public bool IsSynchronous => true;

    public long AvailableMemory => HostMemory.Available;

    /// <inheritdoc/>
    public long CachePageBytes(int layers, int keyValueHeads, int headSize)
        => 2L * KvCache.PageSize * keyValueHeads * headSize * layers * sizeof(float);

    /// <inheritdoc/>
    public KvCache CreateCache(int layers, int pages, int keyValueHeads, int headSize) =>
        new ReferenceCache(layers, pages, keyValueHeads, headSize);

    /// <inheritdoc/>
    public WeightMatrix Pack(ReadOnlySpan<WeightSource> sources)
    {
        var matrix = new ReferenceMatrix(BackendContract.RequireStack(sources), sources[0].Inputs, sources[0].Type);
        int i = 0;
        foreach (WeightSource source in sources)
        {
            for (int row = 0; row < source.Outputs; row++)
            {
                for (int column = 0; column < source.Inputs; column++)
                {
                    matrix.Values[i++] = WeightReader.Read(source, row, column);
                }
            }
        }

        return matrix;
    }

    /// <inheritdoc/>
    public Lora PackLora(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rank, float scale)
        => new ReferenceLora(a.ToArray(), b.ToArray(), b.Length / rank, a.Length / rank, rank, scale);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, int firstRow, Tensor destination)
    {
        for (int start = 0; start < source.Length; start += destination.Columns)
        {
            source.Slice(start, destination.Columns).CopyTo(Row(destination, firstRow + (start / destination.Columns)));
        }
    }

    /// <inheritdoc/>
    public void Download(Tensor source, int row, Span<float> destination) => Row(source, row).CopyTo(destination);

    /// <inheritdoc/>
    public void Embed(WeightMatrix embedding, ReadOnlySpan<int> tokens, Tensor output)
    {
        for (int row = 0; row < tokens.Length; row++)
        {
            ((ReferenceMatrix)embedding).Row(tokens[row]).CopyTo(Row(output, row));
        }
    }

    /// <inheritdoc/>
    public void RmsNorm(Tensor input, Tensor weight, float epsilon, int rows, Tensor output)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int group = 0; group < input.Columns; group += weight.Columns)
            {
                Normalise(Row(input, row).Slice(group, weight.Columns), Row(weight, 0), epsilon, Row(output, row)[group..]);
            }
        }
    }

    /// <inheritdoc/>
    public void AddRmsNorm(Tensor delta, Tensor weight, float epsilon, int rows, Tensor residual, Tensor output)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < residual.Columns; column++)
            {
                Row(residual, row)[column] += Row(delta, row)[column];
            }
        }

        RmsNorm(residual, weight, epsilon, rows, output);
    }

    /// <inheritdoc/>
    public void MatMul(Tensor input, WeightMatrix weight, Tensor? bias, ReadOnlySpan<LoraRows> pairs, int rows, Tensor output)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < weight.Outputs; column++)
            {
                double sum = Dot(Row(input, row), ((ReferenceMatrix)weight).Row(column)) + (bias is null ? 0 : Row(bias, 0)[column]);
                foreach (LoraRows pair in pairs)
                {
                    sum += LoraShare(Row(input, row), pair, row, column);
                }

                Row(output, row)[column] = (float)sum;
            }
        }
    }

    /// <inheritdoc/>
    public void RotateAndStore(
        Tensor qkv, RotaryTable rotary, HeadNorm? norm, ReadOnlySpan<RowSegment> segments, int heads, int layer, KvCache cache)
    {
        var pages = (ReferenceCache)cache;
        int size = cache.HeadSize;
        foreach (RowSegment segment in segments)
        {
            for (int i = 0; i < segment.Rows; i++)
            {
                int position = segment.FirstPosition + i;
                Span<float> row = Row(qkv, segment.FirstRow + i);
                for (int head = 0; head < heads + cache.KeyValueHeads; head++)
                {
                    Span<float> values = row.Slice(head * size, size);
                    if (norm is not null)
                    {
                        Normalise(values, Row(head < heads ? norm.Query : norm.Key, 0), norm.Epsilon, values);
                    }

                    Rotate(rotary, position, values);
                }

                for (int head = 0; head < cache.KeyValueHeads; head++)
                {
                    row.Slice((heads + head) * size, size).CopyTo(pages.Key(layer, segment.Pages, position, head));
                    row.Slice((heads + cache.KeyValueHeads + head) * size, size).CopyTo(pages.Value(layer, segment.Pages, position, head));
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Attend(Tensor qkv, KvCache cache, int layer, ReadOnlySpan<RowSegment> segments, int heads, Tensor output)
    {
        int size = cache.HeadSize;
        foreach (RowSegment segment in segments)
        {
            for (int i = 0; i < segment.Rows; i++)
            {
                for (int head = 0; head < heads; head++)
                {
                    ReadOnlySpan<float> query = Row(qkv, segment.FirstRow + i).Slice(head * size, size);
                    Span<float> attended = Row(output, segment.FirstRow + i).Slice(head * size, size);
                    AttendHead(
                        query,
                        (ReferenceCache)cache,
                        layer,
                        segment.Pages,
                        segment.FirstPosition + i + 1,
                        head / (heads / cache.KeyValueHeads),
                        attended);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void GatedActivation(Tensor gateAndUp, int rows, Tensor output)
    {
        int size = gateAndUp.Columns / 2;
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < size; column++)
            {
                double gate = Row(gateAndUp, row)[column];
                Row(output, row)[column] = (float)(gate * Sigmoid(gate) * Row(gateAndUp, row)[size + column]);
            }
        }
    }

    /// <inheritdoc/>
    public void Silu(int rows, Tensor values)
    {
        for (int row = 0; row < rows; row++)
        {
            foreach (ref float value in Row(values, row))
            {
                value = (float)(value * Sigmoid(value));
            }
        }
    }

    /// <inheritdoc/>
    public void AddToRows(Tensor vectors, ReadOnlySpan<RowEdit> edits, Tensor values)
    {
        foreach (RowEdit edit in edits)
        {
            for (int row = edit.FirstRow; row < edit.FirstRow + edit.Rows; row++)
            {
                for (int column = 0; column < values.Columns; column++)
                {
                    Row(values, row)[column] = (float)(
                        Row(values, row)[column] + ((double)edit.Strength * Row(vectors, edit.Vector)[column]));
                }
            }
        }
    }

    /// <inheritdoc/>
    public void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output)
    {
        for (int row = 0; row < rows.Length; row++)
        {
            Row(input, rows[row]).CopyTo(Row(output, row));
        }
    }

    /// <inheritdoc/>
    public void CopyPage(int source, int destination, KvCache cache) => ((ReferenceCache)cache).CopyPage(source, destination);

    /// <inheritdoc/>
    public void ChooseNextTokens(ReadOnlySpan<NextTokenRow> rows)
    {
        foreach (NextTokenRow row in rows)
        {
            ReferenceNextToken.Choose(row);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static Span<float> Row(Tensor tensor, int row) => ((HostTensor)tensor).Row(row);

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double sum = 0;
        for (int i = 0; i < right.Length; i++)
        {
            sum += (double)left[i] * right[i];
        }

        return sum;
    }

    private static void Normalise(ReadOnlySpan<float> input, ReadOnlySpan<float> weight, float epsilon, Span<float> output)
    {
        double scale = 1 / Math.Sqrt((Dot(input, input) / input.Length) + epsilon);
        for (int i = 0; i < weight.Length; i++)
        {
            output[i] = (float)(input[i] * scale * weight[i]);
        }
    }

    private static double LoraShare(ReadOnlySpan<float> input, LoraRows pair, int row, int column)
    {
        var weights = (ReferenceLora)pair.Pair;
        int output = column - pair.FirstColumn;
        if (row < pair.FirstRow || row >= pair.FirstRow + pair.Rows || output < 0 || output >= weights.Outputs)
        {
            return 0;
        }

        double sum = 0;
        for (int r = 0; r < weights.Rank; r++)
        {
            sum += Dot(input, weights.A.AsSpan(r * weights.Inputs, weights.Inputs)) * weights.B[(output * weights.Rank) + r];
        }

        return sum * weights.Scale;
    }

    private static void Rotate(RotaryTable rotary, int position, Span<float> head)
    {
        for (int i = 0; i < rotary.HalfHead; i++)
        {
            double cosine = rotary.Cosines[(position * rotary.HalfHead) + i];
            double sine = rotary.Sines[(position * rotary.HalfHead) + i];
            double first = head[i];
            double second = head[i + rotary.HalfHead];
            head[i] = (float)((first * cosine) - (second * sine));
            head[i + rotary.HalfHead] = (float)((second * cosine) + (first * sine));
        }
    }

    private static void AttendHead(
        ReadOnlySpan<float> query, ReferenceCache cache, int layer, int[] pages, int positions, int head, Span<float> output)
    {
        var weights = new double[positions];
        for (int position = 0; position < positions; position++)
        {
            weights[position] = Dot(query, cache.Key(layer, pages, position, head)) / Math.Sqrt(cache.HeadSize);
        }

        double maximum = weights.Max();
        double total = weights.Sum(score => Math.Exp(score - maximum));
        for (int i = 0; i < output.Length; i++)
        {
            double sum = 0;
            for (int position = 0; position < positions; position++)
            {
                sum += Math.Exp(weights[position] - maximum) * cache.Value(layer, pages, position, head)[i];
            }

            output[i] = (float)(sum / total);
        }
    }
}
