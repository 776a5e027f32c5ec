using System.CommandLine;
using Alignment.Cli.Commands;
using Alignment.Cli.Commands.Evaluate;
using Alignment.Cli.Commands.Feedback;
using Alignment.Cli.Commands.Train;
using Alignment.Cli.Options;
using Alignment.Decoding.Problems;
using Alignment.Feedback.Storage;
using Alignment.Hosting.Devices;
using Alignment.Inference;
using Alignment.Training.Optimizers;

namespace Alignment.Cli;

/// <summary>The commands of <c>alignment</c>, and what a fault looks like to a user: one line on standard error and an exit code.</summary>
internal static class AlignmentCommandLine
{
    private const int Failure = 1;
    private const int UserMistake = 2;
    private const int Interrupted = 128 + 2; // as shells report SIGINT

    private const int MaxMessage = 1 << 14;

    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        ParseResult result = Root().Parse(arguments);
        bool asksForHelp = result.Action is System.CommandLine.Help.HelpAction;
        if (result.Errors.Count > 0 && !asksForHelp)
        {
            await error.WriteLineAsync($"alignment: {string.Join("; ", result.Errors.Select(problem => OneLine(problem.Message)))}");
            return UserMistake;
        }

        try
        {
            ArgumentText.Check(arguments);
            return await result.InvokeAsync(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,

                // A signal ends a command at once, but for the work that must be saved first: Interruption.
                ProcessTerminationTimeout = null,
            });
        }
        catch (Exception fault) when (CodeOf(fault) is { } code)
        {
            await error.WriteLineAsync($"alignment: {OneLine(fault.Message)}");
            return code;
        }
    }

    /// <summary>Null for what is a mistake of ours.</summary>
    private static int? CodeOf(Exception fault) => fault switch
    {
        DivergenceException => Failure,
        OperationCanceledException => Interrupted,
        _ when IsUserMistake(fault) => UserMistake,
        _ => null,
    };

    internal static RootCommand Root() => new("Decode frozen language models under guidance, train their rewards, and serve them.")
    {
        new DetokenizeCommand(),
        new EvaluateCommand(),
        new FeedbackCommand(),
        new GenerateCommand(),
        new ScoreCommand(),
        new ServeCommand(),
        new TokenizeCommand(),
        new TrainCommand(),
    };

    private static bool IsUserMistake(Exception fault) => fault
        is UserMistakeException or InvalidRequestException or MethodFaultException
        or InvalidDataException or IOException or UnauthorizedAccessException
        or FeedbackUnavailableException or DeviceUnavailableException or CacheSizeException or InsufficientMemoryException;

    /// <summary>Messages may repeat what files and arguments say: nothing in them that a terminal would obey.</summary>
    private static string OneLine(string message) => Excerpt.Of(message.ReplaceLineEndings(" ").TrimEnd('.', ' '), MaxMessage);
}
