using Alignment.Compute.Contract.NextToken;

namespace Alignment.Compute.Contract;

/// <summary>
/// What a device must do so that a Transformer can decode on it. Implemented by the SIMD CPU backend and by the slow, obvious reference
/// that is its oracle. Parameter order: sources, sizes, destination. Every operation fixes its order of summation per output element, so a
/// row's numbers do not depend on the other rows, on the number of threads, or on how a prompt was cut into chunks. Rows of a destination
/// past those an operation is told to make may hold anything afterwards. Calls come from one thread at a time and allocate nothing on the
/// managed heap (the <c>Create</c> and <c>Pack</c> methods excepted).
/// </summary>
public interface IBackend : IDisposable
{
    /// <summary>What it runs on, for the line printed at start: "cpu, Vector512, 2 threads".</summary>
    string Description { get; }

    /// <summary>Whether an operation has been computed when its call returns; else it is queued, and the device does it later.</summary>
    bool IsSynchronous { get; }

    /// <summary>A zeroed f32 tensor <c>[rows, columns]</c>.</summary>
    Tensor CreateTensor(int rows, int columns);

    /// <summary>Bytes of the device's memory that nothing uses now: what is created next comes out of them.</summary>
    long AvailableMemory { get; }

    /// <summary>Bytes that each page of a cache takes, in all layers together.</summary>
    long CachePageBytes(int layers, int keyValueHeads, int headSize);

    /// <summary>A zeroed cache.</summary>
    KvCache CreateCache(int layers, int pages, int keyValueHeads, int headSize);

    /// <summary>
    /// Packs one or more weights with equal inputs and type, stacked by outputs, into one matrix: one stream for q, k and v.
    /// </summary>
    WeightMatrix Pack(ReadOnlySpan<WeightSource> sources);

    /// <summary>
    /// Packs a LoRA pair: A <c>[rank, inputs]</c>, B <c>[outputs, rank]</c>, both f32; <paramref name="scale"/> is folded into B.
    /// </summary>
    Lora PackLora(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rank, float scale);

    /// <summary>Copies host numbers into rows of a tensor, beginning at <paramref name="firstRow"/>.</summary>
    void Upload(ReadOnlySpan<float> source, int firstRow, Tensor destination);

    /// <summary>Copies one row to the host.</summary>
    void Download(Tensor source, int row, Span<float> destination);

    /// <summary>Rows of an embedding by token: <paramref name="output"/> row i = weight row tokens[i].</summary>
    void Embed(WeightMatrix embedding, ReadOnlySpan<int> tokens, Tensor output);

    /// <summary>
    /// <c>output = x / sqrt(mean(x^2) + epsilon) * weight</c> for each group of <c>weight.Columns</c> numbers of each row (a row, or a
    /// head). May be in place.
    /// </summary>
    void RmsNorm(Tensor input, Tensor weight, float epsilon, int rows, Tensor output);

    /// <summary><c>residual += delta</c>, then <c>output = RmsNorm(residual)</c>: the two always follow each other.</summary>
    void AddRmsNorm(Tensor delta, Tensor weight, float epsilon, int rows, Tensor residual, Tensor output);

    /// <summary>
    /// <c>output = input weight^T (+ bias) (+ the LoRA pairs' share on their rows)</c>. Bias is <c>[1, outputs]</c>. No two pairs may add
    /// to the same element.
    /// </summary>
    void MatMul(Tensor input, WeightMatrix weight, Tensor? bias, ReadOnlySpan<LoraRows> pairs, int rows, Tensor output);

    /// <summary>
    /// Rotates the query and key heads of <paramref name="qkv"/> <c>[rows, (heads + 2 * kvHeads) * headSize]</c> in place (after an
    /// optional per-head norm of q and k), writes keys and values into their pages of <paramref name="layer"/>.
    /// </summary>
    void RotateAndStore(
        Tensor qkv, RotaryTable rotary, HeadNorm? norm, ReadOnlySpan<RowSegment> segments, int heads, int layer, KvCache cache);

    /// <summary>
    /// Causal grouped-query attention over the pages: softmax(q k / sqrt(headSize)) v, output <c>[rows, heads * headSize]</c>.
    /// </summary>
    void Attend(Tensor qkv, KvCache cache, int layer, ReadOnlySpan<RowSegment> segments, int heads, Tensor output);

    /// <summary>
    /// <c>output = silu(gate) * up</c>, input <c>[rows, 2 * size]</c>: gate in the first half of a row, up in the second (Shazeer, 2020).
    /// </summary>
    void GatedActivation(Tensor gateAndUp, int rows, Tensor output);

    /// <summary>Elementwise <c>x * sigmoid(x)</c>, in place.</summary>
    void Silu(int rows, Tensor values);

    /// <summary>
    /// <c>values[row] += strength * vectors[vector]</c> for every row of every edit. Rows that several edits hit get them in the order of
    /// the edits. Vectors are <c>[any, values.Columns]</c> and not the values themselves.
    /// </summary>
    void AddToRows(Tensor vectors, ReadOnlySpan<RowEdit> edits, Tensor values);

    /// <summary>Copies chosen rows: output row i = input row rows[i]. The rows after them stay as they are.</summary>
    void GatherRows(Tensor input, ReadOnlySpan<int> rows, Tensor output);

    /// <summary>Copies one page to another in all layers: the copy of copy-on-write.</summary>
    void CopyPage(int source, int destination, KvCache cache);

    /// <summary>Runs the next-token rule of each row; results are written into the rows' own <see cref="TokenChoice"/>.</summary>
    void ChooseNextTokens(ReadOnlySpan<NextTokenRow> rows);
}
