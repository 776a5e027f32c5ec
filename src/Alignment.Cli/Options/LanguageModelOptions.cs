using System.CommandLine;
using Alignment.Decoding.Requests;
using Alignment.Models.Configuration;
using Alignment.Models.Tokenization;
using Alignment.Training.Data.Packing;
using Alignment.Training.LanguageModels;

namespace Alignment.Cli.Options;

/// <summary>How a language model is trained.</summary>
internal sealed class LanguageModelOptions
{
    private static readonly NumberRange s_fractions = new(0, 1);

    private readonly Option<int> _steps = NumberOption.CreateRequired<int>("--steps", "Updates.", NumberOption.Positive);
    private readonly Option<int> _context = NumberOption.Create("--context", "Tokens a sequence.", NumberOption.Positive, 512);
    private readonly Option<int> _batch = NumberOption.Create("--batch", "Sequences an update.", NumberOption.Positive, 32);
    private readonly Option<int?> _firstBatch = NumberOption.CreateOptional<int>(
        "--first-batch",
        "Sequences of the first update; they grow to --batch, every size kept for the same number of updates.",
        NumberOption.Positive);

    private readonly Option<double> _rate =
        NumberOption.Create("--learning-rate", "Highest learning rate.", NumberOption.AboveZero, 2e-3);
    private readonly Option<double> _finalRate = NumberOption.Create(
        "--final-rate", "Learning rate of the last update, as a fraction of the highest.", s_fractions, 0.1);

    private readonly Option<int> _warmUp = NumberOption.Create("--warm-up", "Updates of linear warm-up.", NumberOption.Positive, 50);
    private readonly Option<double> _decay =
        NumberOption.Create("--weight-decay", "Weight decay of matrices.", NumberOption.FromZero, 0.1);
    private readonly Option<ulong> _seed =
        NumberOption.Create("--seed", "Seed of the initial weights and of the order of the windows.", NumberOption.FromZero, 1UL);

    private readonly Option<bool> _assistantOnly = new("--assistant-only")
    {
        Description = "Learn only what the assistant says: what stands behind <|assistant|>, up to and with its <|end|>.",
    };

    private readonly Option<int> _checkpoint =
        NumberOption.Create("--checkpoint-every", "Updates between two checkpoints.", NumberOption.Positive, 50);

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[]
        {
            _steps, _context, _batch, _firstBatch, _rate, _finalRate, _warmUp, _decay, _assistantOnly, _seed, _checkpoint,
        })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What the control tokens of <paramref name="tokenizer"/>, a folder, are is asked only where it matters.</summary>
    /// <exception cref="UserMistakeException">The numbers do not fit together or to the model.</exception>
    /// <exception cref="InvalidDataException">The tokenizer lacks a control token.</exception>
    public LanguageModelSettings Read(ParseResult arguments, ModelConfig model, string tokenizer)
    {
        var settings = new LanguageModelSettings
        {
            Model = model,
            Steps = arguments.GetValue(_steps),
            ContextLength = arguments.GetValue(_context),
            BatchSize = arguments.GetValue(_batch),
            FirstBatchSize = arguments.GetValue(_firstBatch),
            LearningRate = arguments.GetValue(_rate),
            FinalRateFraction = arguments.GetValue(_finalRate),
            WarmUpSteps = arguments.GetValue(_warmUp),
            WeightDecay = arguments.GetValue(_decay),
            Targets = arguments.GetValue(_assistantOnly) ? AssistantTurns(tokenizer) : null,
            Seed = arguments.GetValue(_seed),
            CheckpointEvery = arguments.GetValue(_checkpoint),
        };
        if (settings.FirstBatchSize > settings.BatchSize)
        {
            throw new UserMistakeException($"--first-batch {settings.FirstBatchSize} is more than --batch {settings.BatchSize}");
        }

        return settings.ContextLength <= model.MaxPositions
            ? settings
            : throw new UserMistakeException(
                $"--context {settings.ContextLength} is longer than the model's {model.MaxPositions} positions (--positions)");
    }

    private static TargetSpan AssistantTurns(string folder)
    {
        using Tokenizer tokenizer = Tokenizer.Load(folder);
        return new TargetSpan(Control(ChatFormat.Assistant), Control(ChatFormat.End));

        int Control(string token) => tokenizer.TokenId(token)
            ?? throw new InvalidDataException($"{folder}: the vocabulary has no {token}, which --assistant-only needs.");
    }
}
