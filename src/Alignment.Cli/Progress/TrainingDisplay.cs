using System.Globalization;
using Alignment.Training.LanguageModels;
using Spectre.Console;

namespace Alignment.Cli.Progress;

/// <summary>Shows a run: one live line on a terminal, a plain line now and then elsewhere.</summary>
internal sealed class TrainingDisplay(IAnsiConsole console)
{
    private const int PlainEvery = 10;

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
                if (progress.HeldOutLoss is not null)
                {
                    console.WriteLine(Describe(progress));
                }
            });
        });
    }

    private void WritePlain(TrainingProgress progress)
    {
        if (progress.Step % PlainEvery == 0 || progress.HeldOutLoss is not null)
        {
            console.WriteLine(Describe(progress));
        }
    }

    private static string Describe(TrainingProgress progress)
    {
        string heldOut = progress.HeldOutLoss is double loss ? Invariant($"  held-out {loss:F4} (perplexity {Math.Exp(loss):F2})") : "";
        return Invariant($"step {progress.Step}/{progress.Steps}  loss {progress.Loss:F4}  norm {progress.GradientNorm:F2}  ")
            + Invariant($"{progress.TokensPerSecond:F0} tokens/s  {progress.Remaining:hh\\:mm\\:ss} left{heldOut}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
