using System.CommandLine;

namespace Alignment.Cli.Commands.Evaluate;

/// <summary><c>evaluate</c>: what is learned, measured on other data.</summary>
internal sealed class EvaluateCommand : Command
{
    public EvaluateCommand()
        : base("evaluate", "Measure rewards on preferences that they have not seen.") => Add(new EvaluateRewardsCommand());
}
