using System.CommandLine;
using Alignment.Decoding.Requests;
using Alignment.Training.Data;
using Alignment.Training.Rewards;
using Alignment.Training.Rewards.Trainers;

namespace Alignment.Cli.Options;

/// <summary>Options of the commands that train a reward; each kind has its own defaults.</summary>
internal sealed class RewardOptions(RewardKind kind)
{
    // A prompt and a response have a token each.
    private static readonly NumberRange s_lengths = new(2);

    private readonly DataOptions _data = new();
    private readonly Option<DirectoryInfo> _model = ModelOptions.Model();
    private readonly Option<DirectoryInfo> _output = OutputOption.CreateReplaced(
        "Folder of the reward; its name is the reward's name. A run that was stopped lies hidden beside it: the same command resumes it.");

    private readonly Option<int> _epochs =
        NumberOption.Create("--epochs", "Passes over the pairs.", NumberOption.Positive, kind.Defaults.Epochs);
    private readonly Option<int> _batch =
        NumberOption.Create("--batch", "Pairs an update.", NumberOption.Positive, kind.Defaults.BatchSize);
    private readonly Option<double> _rate =
        NumberOption.Create("--learning-rate", "Highest learning rate.", NumberOption.AboveZero, kind.Defaults.LearningRate);
    private readonly Option<double> _decay =
        NumberOption.Create("--weight-decay", "Weight decay of matrices.", NumberOption.FromZero, kind.Defaults.WeightDecay);
    private readonly Option<double> _beta = NumberOption.Create(
        "--beta",
        "Units of reward a nat of mean log-probability (heads and adapters over tokens).",
        NumberOption.AboveZero,
        kind.Defaults.Beta);

    private readonly Option<int> _rank = NumberOption.Create(
        "--rank", "Inner width of a token-reward head, or rank of an adapter.", NumberOption.Positive, kind.Defaults.Rank);
    private readonly Option<int> _maxLength = NumberOption.Create(
        "--max-length",
        "Longest prompt and response together, in tokens; longer pairs are left out.",
        s_lengths,
        kind.Defaults.MaxLength);

    private readonly Option<ulong> _seed =
        NumberOption.Create("--seed", "Initial weights and order of the pairs.", NumberOption.FromZero, kind.Defaults.Seed);
    private readonly Option<int> _checkpoint =
        NumberOption.Create("--checkpoint-every", "Updates between two checkpoints.", NumberOption.Positive, kind.Defaults.CheckpointEvery);
    private readonly Option<DirectoryInfo> _features = OutputOption.CreateShared(
        "--feature-cache",
        "Folder where hidden states of the model are kept, so that the next run over the same data need not compute them (heads). It can "
        + "be deleted at any time.");

    private readonly ValueHeadOptions? _head = kind == RewardKind.ValueHead ? new ValueHeadOptions() : null;
    private readonly Option<int> _threads = NumberOption.Threads();
    private readonly Option<string> _device = DeviceOption.Create();

    public void AddTo(Command command)
    {
        command.Options.Add(_model);
        _data.AddTo(command);
        foreach (Option option in new Option[]
        {
            _output, _epochs, _batch, _rate, _decay, _beta, _rank, _maxLength, _seed, _checkpoint, _features, _threads, _device,
        }.Concat(_head?.All ?? []))
        {
            command.Options.Add(option);
        }
    }

    public string Model(ParseResult arguments) => arguments.GetRequiredValue(_model).FullName;

    public RewardFolder Output(ParseResult arguments) => new(arguments.GetRequiredValue(_output).FullName);

    public DataMix Mix(ParseResult arguments) => _data.Read(arguments);

    /// <summary>Null for none that outlives the run.</summary>
    public string? FeatureFolder(ParseResult arguments) => arguments.GetValue(_features)?.FullName;

    public int Threads(ParseResult arguments) => arguments.GetValue(_threads);

    public string Device(ParseResult arguments) => arguments.GetRequiredValue(_device);

    /// <exception cref="UserMistakeException">An option does not belong to the objective.</exception>
    public RewardSettings Settings(ParseResult arguments)
    {
        RewardSettings settings = Shared(arguments);
        return _head?.Add(arguments, settings) ?? settings;
    }

    private RewardSettings Shared(ParseResult arguments) => new()
    {
        Epochs = arguments.GetValue(_epochs),
        BatchSize = arguments.GetValue(_batch),
        LearningRate = arguments.GetValue(_rate),
        WeightDecay = arguments.GetValue(_decay),
        Beta = arguments.GetValue(_beta),
        Rank = arguments.GetValue(_rank),
        MaxLength = arguments.GetValue(_maxLength),
        Seed = arguments.GetValue(_seed),
        CheckpointEvery = arguments.GetValue(_checkpoint),
    };
}
