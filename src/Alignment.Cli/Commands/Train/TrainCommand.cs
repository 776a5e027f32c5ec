using System.CommandLine;

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
        Add(new ValueHeadCommand());
        Add(new TokenRewardHeadCommand());
        Add(new AdapterCommand());
    }
}
