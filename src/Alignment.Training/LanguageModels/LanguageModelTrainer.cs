using System.Diagnostics;
using Alignment.Compute.Contract.Training;
using Alignment.Compute.Threading;
using Alignment.Training.Checkpoints;
using Alignment.Training.Data.Packing;
using Alignment.Training.Optimizers;
using Alignment.Training.Transformers;

namespace Alignment.Training.LanguageModels;

/// <summary>
/// Next-token training of a whole model. Bitwise reproducible: the outcome is a function of settings, data, start weights and device,
/// not of the number of threads or of where the run was interrupted.
/// </summary>
public sealed unsafe class LanguageModelTrainer : IResumableRun, IDisposable
{
    private const int HeldOutWindows = 64;

    private readonly LanguageModelSettings _settings;
    private readonly ITrainingBackend _backend;
    private readonly CosineSchedule _schedule;
    private readonly TokenWindows _training;
    private readonly TokenWindows _heldOut;
    private readonly SequenceAccumulator[] _accumulators;

    /// <summary>Prepares a run that starts from <paramref name="model"/> as it is.</summary>
    /// <exception cref="InvalidDataException">The data has tokens beyond the model's vocabulary or is shorter than one window.</exception>
    public LanguageModelTrainer(LanguageModelSettings settings, TrainableTransformer model, PackedTokens training, PackedTokens heldOut)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(model);
        (_settings, Model, _backend) = (settings, model, model.Backend);
        _schedule = new CosineSchedule(settings.LearningRate, settings.WarmUpSteps, settings.Steps);
        _training = Windows(training, nameof(training));
        _heldOut = Windows(heldOut, nameof(heldOut));
        Optimizer = new AdamWOptimizer(model.Layout.Tensors, _backend);
        _accumulators = [.. Enumerable.Range(0, _backend.Workspaces).Select(_ => new SequenceAccumulator(model, settings.ContextLength))];
    }

    /// <summary>The model in training; its owner disposes it.</summary>
    public TrainableTransformer Model { get; }

    /// <inheritdoc/>
    public TrainingBuffer Parameters => Model.Values;

    /// <inheritdoc/>
    public AdamWOptimizer Optimizer { get; }

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
        double secondsPerStep = 0;
        while (Optimizer.Steps < _settings.Steps && !cancellation.IsCancellationRequested)
        {
            long start = Stopwatch.GetTimestamp();
            (double loss, double norm) = Update();
            DivergenceException.ThrowIfNotFinite(loss, "loss", Optimizer.Steps);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            secondsPerStep = secondsPerStep == 0 ? seconds : (0.95 * secondsPerStep) + (0.05 * seconds);
            bool saves = Optimizer.Steps % _settings.CheckpointEvery == 0 || Optimizer.Steps == _settings.Steps;
            double? heldOut = saves ? HeldOutLoss() : null;
            DivergenceException.ThrowIfNotFinite(heldOut ?? 0, "held-out loss", Optimizer.Steps);
            double tokens = (double)_settings.BatchSize * _settings.ContextLength;
            var remaining = TimeSpan.FromSeconds((_settings.Steps - Optimizer.Steps) * secondsPerStep);
            progress(new TrainingProgress(Optimizer.Steps, _settings.Steps, loss, norm, tokens / seconds, remaining, heldOut));
            if (saves || cancellation.IsCancellationRequested)
            {
                checkpoint();
            }
        }

        StoppedRun.ThrowIfUnfinished(Optimizer.Steps, _settings.Steps, cancellation);
    }

    /// <summary>Mean loss over the first windows of the held-out data, nats a token.</summary>
    public double HeldOutLoss()
    {
        Model.Refresh();
        int windows = Math.Min(HeldOutWindows, _heldOut.Count);
        _backend.Run(new EvaluationJob(_accumulators, _heldOut, windows));
        return TakeLoss() / ((double)windows * _settings.ContextLength);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Optimizer.Dispose();
        foreach (SequenceAccumulator accumulator in _accumulators)
        {
            accumulator.Dispose();
        }
    }

    private (double Loss, double Norm) Update()
    {
        int step = Optimizer.Steps;
        float weight = 1f / (_settings.BatchSize * _settings.ContextLength);
        _backend.Run(new TrainingJob(_accumulators, _training, (long)step * _settings.BatchSize, _settings.BatchSize, weight));
        TrainingBuffer gradients = SumGradients();
        double norm = Optimizer.Step(gradients, _schedule.Rate(step), _settings.WeightDecay, _settings.MaxGradientNorm, Model.Values);
        Model.Refresh();
        return (TakeLoss(), norm);
    }

    /// <summary>Into the first accumulator; the others start again from zero.</summary>
    private TrainingBuffer SumGradients()
    {
        TrainingBuffer sum = _accumulators[0].Worker.Gradients;
        foreach (SequenceAccumulator accumulator in _accumulators.Skip(1))
        {
            _backend.Accumulate(accumulator.Worker.Gradients.Pointer, sum.Length, sum.Pointer);
            accumulator.Worker.ClearGradients();
        }

        return sum;
    }

    private double TakeLoss()
    {
        double loss = _accumulators.Sum(accumulator => accumulator.Loss);
        Array.ForEach(_accumulators, accumulator => accumulator.Loss = 0);
        return loss;
    }

    private TokenWindows Windows(PackedTokens data, string name)
    {
        ArgumentNullException.ThrowIfNull(data, name);
        var windows = new TokenWindows(data, _settings.ContextLength);
        return data.VocabularySize <= _settings.Model.VocabularySize && windows.Count > 0
            ? windows
            : throw new InvalidDataException(
                $"{name} tokens: {data.Tokens.Length} of a vocabulary of {data.VocabularySize} do not fill a window of "
                + $"{_settings.ContextLength} of a model with {_settings.Model.VocabularySize}");
    }

    private readonly struct TrainingJob(
        SequenceAccumulator[] accumulators, TokenWindows windows, long first, int count, float weight) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int accumulator = worker; accumulator < accumulators.Length; accumulator += workers)
            {
                for (int i = accumulator; i < count; i += accumulators.Length)
                {
                    accumulators[accumulator].Train(windows, first + i, weight);
                }
            }
        }
    }

    private readonly struct EvaluationJob(SequenceAccumulator[] accumulators, TokenWindows windows, int count) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int accumulator = worker; accumulator < accumulators.Length; accumulator += workers)
            {
                for (int i = accumulator; i < count; i += accumulators.Length)
                {
                    accumulators[accumulator].Evaluate(windows, i);
                }
            }
        }
    }
}
