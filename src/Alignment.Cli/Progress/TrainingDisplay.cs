using System.Globalization;
using Alignment.Training.LanguageModels;
using Spectre.Console;

namespace Alignment.Cli.Progress;

/// <summary>Shows a run: one live line on a terminal, a plain line now and then elsewhere.</summary>
internal sealed class TrainingDisplay(IAnsiConsole console)
{
    private const int PlainEvery = 10;
    private const int Unbroken = 1000;

    /// <summary>A console whose lines are broken for a terminal only: others read them line by line.</summary>
    public static IAnsiConsole Open(TextWriter output)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = console.Profile.Out.IsTerminal ? console.Profile.Width : Unbroken;
        return console;
    }

    /// <summary>Runs <paramref name="train"/>, which reports through the action that it is given.</summary>
    public void Show(Action<Action<TrainingProgress>> train)
    {
        if (!console.Profile.Out.IsTerminal)
        {
            train(WritePlain);
            return;
        }

        console.Progress().Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn()).Start(context =>
        {
            ProgressTask task = context.AddTask("starting");
            train(progress =>
            {
                task.MaxValue = progress.Steps;
                task.Value = progress.Step;
                task.Description = Markup.Escape(Describe(progress));
                if (progress.HeldOut is not null)
                {
                    console.WriteLine(Describe(progress));
                }
            });
        });
    }

    private void WritePlain(TrainingProgress progress)
    {
        if (progress.Step % PlainEvery == 0 || progress.HeldOut is not null)
        {
            console.WriteLine(Describe(progress));
        }
    }

    private static string Describe(TrainingProgress progress)
    {
        string heldOut = progress.HeldOut is MeasuredLoss measured ? Describe(measured, progress.Step == progress.Steps) : "";
        return Invariant($"step {progress.Step}/{progress.Steps}  tokens {progress.Tokens}  loss {progress.Loss:F4}  ")
            + Invariant($"norm {progress.GradientNorm:F2}  {progress.TokensPerSecond:F0} tokens/s  ")
            + Invariant($"{(int)progress.Remaining.TotalHours:D2}:{progress.Remaining:mm\\:ss} left{heldOut}");
    }

    private static string Describe(MeasuredLoss measured, bool isWhole)
    {
        string tokens = Invariant($"{(isWhole ? "all" : "a sample of")} {measured.Tokens} tokens");
        return Invariant($"  held-out {measured.Mean:F4} (perplexity {Math.Exp(measured.Mean):F2}, {tokens})");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
