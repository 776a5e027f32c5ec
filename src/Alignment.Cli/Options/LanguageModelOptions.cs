using System.CommandLine;
using Alignment.Models.Configuration;
using Alignment.Training.LanguageModels;

namespace Alignment.Cli.Options;

/// <summary>How a language model is trained.</summary>
internal sealed class LanguageModelOptions
{
    private readonly Option<int> _steps = new("--steps") { Description = "Updates.", Required = true };
    private readonly Option<int> _context = new("--context") { Description = "Tokens a sequence.", DefaultValueFactory = _ => 512 };
    private readonly Option<int> _batch = new("--batch") { Description = "Sequences an update.", DefaultValueFactory = _ => 32 };
    private readonly Option<double> _rate = new("--learning-rate") { Description = "Highest learning rate.", DefaultValueFactory = _ => 2e-3 };
    private readonly Option<int> _warmUp = new("--warm-up") { Description = "Updates of linear warm-up.", DefaultValueFactory = _ => 50 };
    private readonly Option<double> _decay = new("--weight-decay") { Description = "Weight decay of matrices.", DefaultValueFactory = _ => 0.1 };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Seed of the initial weights.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _checkpoint = new("--checkpoint-every") { Description = "Updates between two checkpoints.", DefaultValueFactory = _ => 50 };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _steps, _context, _batch, _rate, _warmUp, _decay, _seed, _checkpoint })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="UserMistakeException">A number is out of its range.</exception>
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
        bool valid = settings is { Steps: > 0, ContextLength: > 0, BatchSize: > 0, LearningRate: > 0, WarmUpSteps: > 0, WeightDecay: >= 0, CheckpointEvery: > 0 };
        return valid && settings.ContextLength <= model.MaxPositions
            ? settings
            : throw new UserMistakeException("steps, context, batch, learning rate, warm-up and checkpoint interval must be positive, and --context at most --positions");
    }
}
