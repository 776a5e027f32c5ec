using Alignment.Training.Rewards;

namespace Alignment.Cli.Commands.Train;

/// <summary><c>train arm</c>.</summary>
internal sealed class AdapterCommand() : RewardCommand(
    "arm",
    "Train an autoregressive reward model: a LoRA adapter that guides token by token.",
    "An autoregressive reward model (GenARM): a LoRA adapter on the attention projections, trained by GenARM's objective (log-probability per token) on pairs.",
    new RewardSettings { Epochs = 2, LearningRate = 1e-3, Rank = 8 })
{
    protected override IReadOnlyList<(RewardExample Example, double Margin)> Train(RewardRun run)
    {
        using AutoregressiveRewardTrainer trainer = new(run.Model, run.Settings);
        trainer.Train(run.Training, run.Progress, run.Cancellation);
        RewardExport.WriteAdapter(trainer, run.Settings.Rank, run.Model.Config.ModelType, run.BaseModelSha256, run.Folder);
        return trainer.Evaluate(run.HeldOut);
    }
}
