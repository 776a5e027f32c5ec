using System.CommandLine;
using Alignment.Training.Rewards;

namespace Alignment.Cli.Commands.Train;

/// <summary><c>train</c>: everything that is learned.</summary>
internal sealed class TrainCommand : Command
{
    public TrainCommand()
        : base("train", "Train tokenizers, language models, heads and adapters.")
    {
        Subcommands.Add(new LanguageModelCommand());
        Add(new TokenizerCommand());
        Add(new PackCommand());
        Add(new RewardCommand(RewardKind.ValueHead, "Train a value head: a reward for whole responses."));
        Add(new RewardCommand(RewardKind.TokenRewardHead, "Train a token-reward head: a reward for every next token."));
        Add(new RewardCommand(RewardKind.Adapter, "Train an autoregressive reward model: a LoRA adapter that guides token by token."));
    }
}
