using Alignment.Training.Checkpoints;
using Alignment.Training.Optimizers;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Trainers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards;

/// <summary>
/// One reward from its pairs to its finished folder. Its state is saved every so many updates; the same run, started again after it was
/// stopped or killed, goes on from there and, on the same device, ends with the same bytes; a device of another kind refuses it. Only a
/// finished reward appears in its folder.
/// </summary>
/// <param name="Card">What it is and of which model.</param>
/// <param name="Settings">How it is trained.</param>
/// <param name="Data">What it learns from and is measured on.</param>
/// <param name="Folder">Where it goes.</param>
public sealed record RewardRun(RewardCard Card, RewardSettings Settings, RewardData Data, RewardFolder Folder)
{
    /// <summary>
    /// Where the model's hidden states are kept, for other runs to find; null for the run's own folder, which goes when it is finished.
    /// </summary>
    public string? FeatureFolder { get; init; }

    /// <summary>Trains, measures and publishes the reward.</summary>
    /// <param name="model">The frozen model.</param>
    /// <param name="computing">Called with the responses whose hidden states are computed, and with all there are.</param>
    /// <param name="resumed">Called with the update that an earlier run was stopped after, where there was one.</param>
    /// <param name="progress">Called after every update.</param>
    /// <param name="cancellation">Stops between two updates.</param>
    /// <exception cref="OperationCanceledException">It was stopped; the state is saved.</exception>
    /// <exception cref="DivergenceException">Training left the finite numbers; the state is removed, as it leads nowhere else.</exception>
    /// <exception cref="InvalidDataException">
    /// The state is another run's or damaged, or the data does not hold what the objective learns from.
    /// </exception>
    public void Run(
        TrainableTransformer model,
        Action<int, int> computing,
        Action<int> resumed,
        Action<RewardProgress> progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(resumed);
        FeatureCache features = new(model, Card.BaseModelSha256, FeatureFolder ?? Folder.Features) { Progress = computing };
        IReadOnlyList<HeldOutMargins> frozen = FrozenBaseline.Measure(features, Data.HeldOut, cancellation);
        using IRewardTrainer trainer = Card.Kind.CreateTrainer(features, Data, Settings);
        var reward = new { Kind = Card.Kind.Name, Model = Card.BaseModelSha256, Settings };
        RunCheckpoint checkpoint = new(Folder.State, RunIdentity.Of(reward, Data.Sha256, model.Backend.DeviceKind));
        if (checkpoint.TryRestore(trainer))
        {
            resumed(trainer.Optimizer.Steps);
        }

        try
        {
            trainer.Train(progress, () => checkpoint.Save(trainer), cancellation);
            IReadOnlyList<double> margins =
                Data.HeldOut.Count == 0 ? [] : [.. trainer.Evaluate(Data.HeldOut, cancellation).Select(result => result.Margin)];
            Folder.Publish(folder =>
            {
                Card.Kind.Export(trainer, new RewardExport(Card.Name, model.Config, Card.BaseModelSha256, folder));
                Card.Write(Data, [new HeldOutMargins(Card.Name, margins), .. frozen], folder);
            });
        }
        catch (DivergenceException)
        {
            Folder.Discard();
            throw;
        }
    }
}
