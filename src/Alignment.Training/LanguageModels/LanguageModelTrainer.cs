using System.Diagnostics;
using Alignment.Compute.Contract.Training;
using Alignment.Training.Checkpoints;
using Alignment.Training.Data.Packing;
using Alignment.Training.Optimizers;
using Alignment.Training.Transformers;

namespace Alignment.Training.LanguageModels;

/// <summary>
/// Next-token training of a whole model. Bitwise reproducible: the outcome is a function of settings, data, start weights and device,
/// not of the number of threads or of where the run was interrupted.
/// </summary>
public sealed class LanguageModelTrainer : IResumableRun, IDisposable
{
    /// <summary>Held-out tokens that are measured with every checkpoint.</summary>
    private const int SampleTokens = 32_768;

    private readonly LanguageModelSettings _settings;
    private readonly CosineSchedule _rates;
    private readonly BatchSchedule _batches;
    private readonly TokenWindows _training;
    private readonly PackedTokens _heldOut;
    private readonly LossMeter _meter;
    private readonly GradientLanes _lanes;
    private readonly TokenWindow[] _batch;

    /// <summary>Prepares a run that starts from <paramref name="model"/> as it is.</summary>
    /// <exception cref="InvalidDataException">
    /// The data has tokens beyond the model's vocabulary, the training tokens do not fill a window, or there is no held-out token.
    /// </exception>
    public LanguageModelTrainer(LanguageModelSettings settings, TrainableTransformer model, PackedTokens training, PackedTokens heldOut)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(model);
        (_settings, Model) = (settings, model);
        RequireFits(training, settings.ContextLength * 2, nameof(training));
        RequireFits(heldOut, 1, nameof(heldOut));
        _rates = new CosineSchedule(settings.LearningRate, settings.WarmUpSteps, settings.Steps, settings.FinalRateFraction);
        _batches = new BatchSchedule(settings.FirstBatchSize ?? settings.BatchSize, settings.BatchSize, settings.Steps);
        _training = new TokenWindows(training, settings.ContextLength, settings.Seed);
        _heldOut = heldOut;
        Optimizer = new AdamWOptimizer(model.Layout.Tensors, model.Backend);
        _meter = new LossMeter(model, settings.ContextLength, settings.Targets);
        _lanes = new GradientLanes(model.Backend, model.Layout.Length, settings.BatchSize);
        _batch = [.. Enumerable.Range(0, settings.BatchSize).Select(_ => new TokenWindow(settings.ContextLength, settings.Targets))];
    }

    /// <summary>The model in training; its owner disposes it.</summary>
    public TrainableTransformer Model { get; }

    /// <inheritdoc/>
    public TrainingBuffer Parameters => Model.Values;

    /// <inheritdoc/>
    public AdamWOptimizer Optimizer { get; }

    /// <summary>Tokens of the whole run.</summary>
    public long Tokens => TokensAfter(_settings.Steps);

    /// <summary>Trains from the optimizer's step to the last one.</summary>
    /// <param name="progress">Called after every update.</param>
    /// <param name="checkpoint">Called every <see cref="LanguageModelSettings.CheckpointEvery"/> updates and after the last one.</param>
    /// <param name="cancellation">Stops between two updates, after a checkpoint.</param>
    /// <exception cref="OperationCanceledException">It was stopped before the last update.</exception>
    /// <exception cref="DivergenceException">A loss or gradient is not finite; no checkpoint was made of it.</exception>
    public void Run(Action<TrainingProgress> progress, Action checkpoint, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(progress);
        ArgumentNullException.ThrowIfNull(checkpoint);
        Model.Refresh();
        double secondsPerToken = 0;
        while (Optimizer.Steps < _settings.Steps && !cancellation.IsCancellationRequested)
        {
            long start = Stopwatch.GetTimestamp();
            (double loss, double norm) = Update();
            int done = Optimizer.Steps;
            DivergenceException.ThrowIfNotFinite(loss, "loss", done);
            long tokens = TokensAfter(done) - TokensAfter(done - 1);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            secondsPerToken = secondsPerToken == 0 ? seconds / tokens : (0.95 * secondsPerToken) + (0.05 * seconds / tokens);
            bool saves = done % _settings.CheckpointEvery == 0 || done == _settings.Steps;
            MeasuredLoss? heldOut = saves ? HeldOutLoss(isWhole: done == _settings.Steps) : null;
            DivergenceException.ThrowIfNotFinite(heldOut?.Mean ?? 0, "held-out loss", done);
            var remaining = TimeSpan.FromSeconds((Tokens - TokensAfter(done)) * secondsPerToken);
            progress(new TrainingProgress(done, _settings.Steps, TokensAfter(done), loss, norm, tokens / seconds, remaining, heldOut));
            if (saves || cancellation.IsCancellationRequested)
            {
                checkpoint();
            }
        }

        StoppedRun.ThrowIfUnfinished(Optimizer.Steps, _settings.Steps, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Optimizer.Dispose();
        _meter.Dispose();
        _lanes.Dispose();
    }

    private (double Loss, double Norm) Update()
    {
        int step = Optimizer.Steps;
        int count = _batches.Size(step);
        Read(_batches.Before(step), count);
        double[] losses = new double[count];
        _lanes.Run(count, (worker, item, gradients) => losses[item] = _meter.Runners[worker].Train(_batch[item], gradients));
        double norm = Optimizer.Step(
            _lanes.Sum(), _rates.Rate(step), _settings.WeightDecay, _settings.MaxGradientNorm, Model.Values);
        Model.Refresh();
        return (losses.Sum(), norm);
    }

    /// <summary>The windows of an update; the weights of all tokens that count sum to 1.</summary>
    private void Read(long first, int count)
    {
        int counted = 0;
        for (int i = 0; i < count; i++)
        {
            _training.Read(first + i, _batch[i]);
            counted += _batch[i].Counted;
        }

        float weight = 1f / Math.Max(1, counted);
        foreach (TokenWindow window in _batch.AsSpan(0, count))
        {
            window.Scale(weight);
        }
    }

    private MeasuredLoss HeldOutLoss(bool isWhole)
    {
        int length = _heldOut.Tokens.Length;
        return isWhole
            ? _meter.Measure(_heldOut, 0, length)
            : _meter.Measure(_heldOut, 0, length, Math.Max(1, SampleTokens / _settings.ContextLength));
    }

    private long TokensAfter(int steps) => _batches.Before(steps) * _settings.ContextLength;

    private void RequireFits(PackedTokens data, int least, string name)
    {
        ArgumentNullException.ThrowIfNull(data, name);
        if (data.VocabularySize > _settings.Model.VocabularySize || data.Tokens.Length <= least)
        {
            throw new InvalidDataException(
                $"{name} tokens: {data.Tokens.Length} of a vocabulary of {data.VocabularySize} do not fill a window of "
                + $"{_settings.ContextLength} of a model with {_settings.Model.VocabularySize}");
        }
    }
}
