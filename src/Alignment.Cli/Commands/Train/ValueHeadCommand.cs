using Alignment.Compute.Training;
using Alignment.Training.Rewards;

namespace Alignment.Cli.Commands.Train;

/// <summary><c>train value-head</c>.</summary>
internal sealed class ValueHeadCommand() : RewardCommand(
    "value-head",
    "Train a value head: a reward for whole responses.",
    "A value head: a linear reward on the model's hidden state at the end of a response, trained by Bradley and Terry's loss on pairs.",
    new RewardSettings { Epochs = 20, LearningRate = 5e-3, WeightDecay = 0.5 })
{
    protected override IReadOnlyList<(RewardExample Example, double Margin)> Train(RewardRun run)
    {
        using CpuTrainingBackend host = new(run.Threads);
        using ValueHeadTrainer trainer = new(run.Model, run.Settings, host);
        trainer.Train(run.Training, run.Progress, run.Cancellation);
        RewardExport.WriteValueHead(trainer, run.Name, run.Model.Config, run.BaseModelSha256, run.Folder);
        return trainer.Evaluate(run.HeldOut);
    }
}
