using Alignment.Compute.Contract;
using Alignment.Models.Blueprints;
using Alignment.Models.Checkpoints;
using Alignment.Models.Configuration;

namespace Alignment.Models.Transformers;

/// <summary>
/// A frozen decoder of the Llama family (Touvron et al., 2023; Qwen and Mistral differ by a bias, a norm, a shape), written once over the
/// backend contract. Owns its packed weights and its activations; who uses which page of the cache is the caller's business. One thread at
/// a time.
/// </summary>
public sealed class Transformer : IDisposable
{
    private readonly WeightMatrix _embedding;
    private readonly WeightMatrix? _head;
    private readonly Tensor _finalNorm;
    private readonly TransformerLayer[] _layers;
    private readonly RotaryTable _rotary;
    private readonly Activations _activations;
    private readonly LoraPlan _plan;
    private readonly Steering _steering;
    private readonly TapPlan _taps;

    private Transformer(Checkpoint checkpoint, IBackend backend, TransformerLimits limits)
    {
        (Config, Backend) = (checkpoint.Config, backend);
        var loader = new WeightLoader(checkpoint, backend);
        _embedding = loader.Embedding();
        _head = loader.Head();
        _finalNorm = loader.FinalNorm();
        _layers = [.. Enumerable.Range(0, Config.Layers).Select(loader.Layer)];
        checkpoint.RequireAllRead();
        _rotary = new RotaryTable(RopeFrequencies.Of(Config), Config.MaxPositions);
        Limits = limits.Within(Config, backend.AvailableMemory);
        _activations = new Activations(backend, Config, Limits);
        _plan = new LoraPlan(Limits.MaxRows);
        _steering = new Steering(backend);
        _taps = new TapPlan(limits.MaxTaps);
    }

    /// <summary>Shape of the model.</summary>
    public ModelConfig Config { get; }

    /// <summary>Where it runs.</summary>
    public IBackend Backend { get; }

    /// <summary>How large a pass may be.</summary>
    public TransformerLimits Limits { get; }

    /// <summary>After the final norm, <c>[MaxOutputs, hidden]</c>; row i is output i of the last batch.</summary>
    public Tensor Hidden => _activations.Hidden;

    /// <summary><c>[MaxOutputs, vocab]</c>; row i is output i of the last batch where logits were asked for.</summary>
    public Tensor Logits => _activations.Logits;

    /// <summary><c>[MaxTaps, hidden]</c>, hidden states inside the layers, before any norm; row i is tap i of the last batch.</summary>
    /// <exception cref="InvalidOperationException">The limits leave no room for taps.</exception>
    public Tensor Tapped => _activations.Tapped ?? throw new InvalidOperationException("The limits leave no room for taps.");

    /// <summary>
    /// Packs the weights of a checkpoint, which may be closed afterwards. The limits hold as far as there is memory for them beside the
    /// weights.
    /// </summary>
    /// <exception cref="InvalidDataException">A tensor is missing, of the wrong shape or not finite.</exception>
    public static Transformer Load(Checkpoint checkpoint, IBackend backend, TransformerLimits limits)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(limits);
        return new Transformer(checkpoint, backend, limits);
    }

    /// <summary>Bytes that each page of <see cref="CreateCache"/> takes.</summary>
    public long CachePageBytes => Backend.CachePageBytes(Config.Layers, Config.KeyValueHeads, Config.HeadSize);

    /// <summary>Keys and values of so many pages; the caller owns it.</summary>
    public KvCache CreateCache(int pages) => Backend.CreateCache(Config.Layers, pages, Config.KeyValueHeads, Config.HeadSize);

    /// <summary>Reads LoRA weights in PEFT's layout; the caller owns them.</summary>
    /// <exception cref="InvalidDataException">They are damaged or of another model.</exception>
    public Adapter LoadAdapter(string folder) => new AdapterLoader(folder, Config, Backend).Load();

    /// <summary>
    /// Computes a batch: writes keys and values into its pages and fills <see cref="Hidden"/>, <see cref="Logits"/> and
    /// <see cref="Tapped"/>.
    /// </summary>
    /// <exception cref="ArgumentException">An edit or a tap names a layer that the model does not have.</exception>
    public void Forward(ForwardBatch batch, KvCache cache) => TryForward(batch, cache, static () => false);

    /// <summary>The same, unless something more urgent comes up: then the slots of the batch's positions hold anything.</summary>
    /// <param name="batch">What is computed.</param>
    /// <param name="cache">Where keys and values are.</param>
    /// <param name="isUnwanted">
    /// Asked between two layers, whether the pass ends there. Not asked where the backend only queues: the layers before would still come.
    /// </param>
    /// <returns>Whether the pass came to its end.</returns>
    /// <exception cref="ArgumentException">An edit or a tap names a layer that the model does not have.</exception>
    public bool TryForward(ForwardBatch batch, KvCache cache, Func<bool> isUnwanted)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(isUnwanted);
        CheckPlaces(batch);
        _plan.Prepare(batch);
        _taps.Prepare(batch);
        Backend.Embed(_embedding, batch.Tokens, _activations.Residual);
        Backend.RmsNorm(_activations.Residual, _layers[0].InputNorm, Config.RmsNormEpsilon, batch.Rows, _activations.Normed);
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            if (layer > 0 && Backend.IsSynchronous && isUnwanted())
            {
                return false;
            }

            ForwardLayer(layer, batch, cache);
        }

        GatherOutputs(batch);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _embedding.Dispose();
        _head?.Dispose();
        _finalNorm.Dispose();
        Array.ForEach(_layers, layer => layer.Dispose());
        _activations.Dispose();
    }

    private void CheckPlaces(ForwardBatch batch)
    {
        bool known = true;
        foreach (PlaceEdit edit in batch.Edits)
        {
            known &= (uint)edit.Place.Layer < (uint)Config.Layers;
        }

        foreach (PlaceTap tap in batch.Taps)
        {
            known &= (uint)tap.Place.Layer < (uint)Config.Layers;
        }

        if (!known)
        {
            throw new ArgumentException($"An edit or a tap is outside the {Config.Layers} layers.", nameof(batch));
        }
    }

    private void Tap(HiddenPlace place, Tensor values)
    {
        ReadOnlySpan<int> rows = _taps.Rows(place);
        if (!rows.IsEmpty)
        {
            Backend.GatherRows(values, rows, _activations.Gathered!);
        }
    }

    /// <summary>
    /// What a layer adds to the residual stream: attention, then the feed-forward network, each norm made together with the sum before it.
    /// </summary>
    private void ForwardLayer(int layer, ForwardBatch batch, KvCache cache)
    {
        TransformerLayer weights = _layers[layer];
        Activations a = _activations;
        ForwardAttention(weights, layer, batch, cache);
        HiddenPlace attention = new(layer, HiddenSite.Attention);
        _steering.Apply(batch.Edits, attention, a.Delta);
        Tap(attention, a.Delta);
        Backend.AddRmsNorm(a.Delta, weights.MiddleNorm, Config.RmsNormEpsilon, batch.Rows, a.Residual, a.Normed);
        Backend.MatMul(a.Normed, weights.GateUp, null, _plan.Pairs(layer, Projection.GateUp), batch.Rows, a.GateUp);
        Backend.GatedActivation(a.GateUp, batch.Rows, a.Activated);
        Backend.MatMul(a.Activated, weights.Down, null, _plan.Pairs(layer, Projection.Down), batch.Rows, a.Delta);
        HiddenPlace output = new(layer, HiddenSite.Residual);
        _steering.Apply(batch.Edits, output, a.Delta);
        Tensor next = layer + 1 < _layers.Length ? _layers[layer + 1].InputNorm : _finalNorm;
        Backend.AddRmsNorm(a.Delta, next, Config.RmsNormEpsilon, batch.Rows, a.Residual, a.Normed);
        Tap(output, a.Residual);
    }

    private void GatherOutputs(ForwardBatch batch)
    {
        Activations a = _activations;
        if (batch.TapCount > 0)
        {
            Backend.GatherRows(a.Gathered!, _taps.Positions, Tapped);
        }

        Backend.GatherRows(a.Normed, batch.OutputRows, a.Hidden);
        if (batch.LogitOutputs > 0)
        {
            Backend.MatMul(a.Hidden, _head ?? _embedding, null, [], batch.LogitOutputs, a.Logits);
        }
    }

    private void ForwardAttention(TransformerLayer weights, int layer, ForwardBatch batch, KvCache cache)
    {
        Activations a = _activations;
        Backend.MatMul(
            a.Normed,
            weights.QueryKeyValue,
            weights.QueryKeyValueBias,
            _plan.Pairs(layer, Projection.QueryKeyValue),
            batch.Rows,
            a.QueryKeyValue);
        Backend.RotateAndStore(a.QueryKeyValue, _rotary, weights.HeadNorm, batch.Segments, Config.Heads, layer, cache);
        Backend.Attend(a.QueryKeyValue, cache, layer, batch.Segments, Config.Heads, a.Attended);
        Backend.MatMul(a.Attended, weights.Output, null, _plan.Pairs(layer, Projection.Output), batch.Rows, a.Delta);
    }
}
