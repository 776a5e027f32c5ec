using Alignment.Training.Rewards;

namespace Alignment.Cli.Commands.Train;

/// <summary><c>train token-reward-head</c>.</summary>
internal sealed class TokenRewardHeadCommand() : RewardCommand(
    "token-reward-head",
    "Train a token-reward head: a reward for every next token.",
    "A token-reward head: log-probabilities of every next token from the model's hidden state, trained by GenARM's objective (log-probability per token) on pairs.",
    new RewardSettings { Epochs = 3, LearningRate = 1e-3, WeightDecay = 0.1 })
{
    protected override IReadOnlyList<(RewardExample Example, double Margin)> Train(RewardRun run)
    {
        using TokenRewardHeadTrainer trainer = new(run.Model, run.Settings);
        trainer.Train(run.Training, run.Progress, run.Cancellation);
        RewardExport.WriteTokenRewardHead(trainer, run.Name, run.Model.Config, run.BaseModelSha256, run.Folder);
        return trainer.Evaluate(run.HeldOut);
    }
}
