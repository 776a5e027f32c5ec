using System.CommandLine;
using Alignment.Models.Configuration;
using Alignment.Training.LanguageModels;

namespace Alignment.Cli.Options;

/// <summary>How a language model is trained.</summary>
internal sealed class LanguageModelOptions
{
    private readonly Option<int> _steps = NumberOption.CreateRequired<int>("--steps", "Updates.", NumberOption.Positive);
    private readonly Option<int> _context = NumberOption.Create("--context", "Tokens a sequence.", NumberOption.Positive, 512);
    private readonly Option<int> _batch = NumberOption.Create("--batch", "Sequences an update.", NumberOption.Positive, 32);
    private readonly Option<double> _rate =
        NumberOption.Create("--learning-rate", "Highest learning rate.", NumberOption.AboveZero, 2e-3);
    private readonly Option<int> _warmUp = NumberOption.Create("--warm-up", "Updates of linear warm-up.", NumberOption.Positive, 50);
    private readonly Option<double> _decay =
        NumberOption.Create("--weight-decay", "Weight decay of matrices.", NumberOption.FromZero, 0.1);
    private readonly Option<ulong> _seed = NumberOption.Create("--seed", "Seed of the initial weights.", NumberOption.FromZero, 1UL);
    private readonly Option<int> _checkpoint =
        NumberOption.Create("--checkpoint-every", "Updates between two checkpoints.", NumberOption.Positive, 50);

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _steps, _context, _batch, _rate, _warmUp, _decay, _seed, _checkpoint })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="UserMistakeException">The model has fewer positions than a sequence has tokens.</exception>
    public LanguageModelSettings Read(ParseResult arguments, ModelConfig model)
    {
        var settings = new LanguageModelSettings
        {
            Model = model,
            Steps = arguments.GetValue(_steps),
            ContextLength = arguments.GetValue(_context),
            BatchSize = arguments.GetValue(_batch),
            LearningRate = arguments.GetValue(_rate),
            WarmUpSteps = arguments.GetValue(_warmUp),
            WeightDecay = arguments.GetValue(_decay),
            Seed = arguments.GetValue(_seed),
            CheckpointEvery = arguments.GetValue(_checkpoint),
        };
        return settings.ContextLength <= model.MaxPositions
            ? settings
            : throw new UserMistakeException(
                $"--context {settings.ContextLength} is longer than the model's {model.MaxPositions} positions (--positions)");
    }
}
