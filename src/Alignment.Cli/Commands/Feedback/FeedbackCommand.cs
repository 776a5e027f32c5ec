using System.CommandLine;

namespace Alignment.Cli.Commands.Feedback;

/// <summary><c>feedback</c>: what clients said of answers, for whoever runs the server.</summary>
internal sealed class FeedbackCommand : Command
{
    public FeedbackCommand()
        : base("feedback", "Export what clients said of answers as training data, or delete it. The server may go on meanwhile.")
    {
        Add(new ExportCommand());
        Add(new DeleteCommand());
    }
}
