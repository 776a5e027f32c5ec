using System.CommandLine;

namespace Alignment.Cli.Commands.Evaluate;

/// <summary><c>evaluate</c>: what was learned, measured on data that it has not seen.</summary>
internal sealed class EvaluateCommand : Command
{
    public EvaluateCommand()
        : base("evaluate", "Measure what was learned on data that it has not seen.")
    {
        Add(new EvaluateLanguageModelCommand());
        Add(new EvaluateRewardsCommand());
    }
}
