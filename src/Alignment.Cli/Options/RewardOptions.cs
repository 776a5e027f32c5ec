using System.CommandLine;
using Alignment.Decoding.Requests;
using Alignment.Training.Data;
using Alignment.Training.Rewards;
using Alignment.Training.Rewards.Trainers;

namespace Alignment.Cli.Options;

/// <summary>Options of the commands that train a reward; each kind has its own defaults.</summary>
internal sealed class RewardOptions(RewardSettings defaults)
{
    // A prompt and a response have a token each.
    private static readonly NumberRange s_lengths = new(2);

    private readonly DataOptions _data = new();
    private readonly Option<DirectoryInfo> _model = ModelOptions.Model();
    private readonly Option<DirectoryInfo> _output = OutputOption.CreateReplaced(
        "Folder of the reward; its name is the reward's name. A run that was stopped lies hidden beside it: the same command resumes it.");

    private readonly Option<int> _epochs =
        NumberOption.Create("--epochs", "Passes over the pairs.", NumberOption.Positive, defaults.Epochs);
    private readonly Option<int> _batch = NumberOption.Create("--batch", "Pairs an update.", NumberOption.Positive, defaults.BatchSize);
    private readonly Option<double> _rate =
        NumberOption.Create("--learning-rate", "Highest learning rate.", NumberOption.AboveZero, defaults.LearningRate);
    private readonly Option<double> _decay =
        NumberOption.Create("--weight-decay", "Weight decay of matrices.", NumberOption.FromZero, defaults.WeightDecay);
    private readonly Option<double> _beta = NumberOption.Create(
        "--beta",
        "Units of reward a nat of mean log-probability (heads and adapters over tokens).",
        NumberOption.AboveZero,
        defaults.Beta);

    private readonly Option<int> _rank = NumberOption.Create(
        "--rank", "Inner width of a token-reward head, or rank of an adapter.", NumberOption.Positive, defaults.Rank);
    private readonly Option<int> _maxLength = NumberOption.Create(
        "--max-length",
        "Longest prompt and response together, in tokens; longer pairs are left out.",
        s_lengths,
        defaults.MaxLength);

    private readonly Option<ulong> _seed =
        NumberOption.Create("--seed", "Initial weights and order of the pairs.", NumberOption.FromZero, defaults.Seed);
    private readonly Option<int> _checkpoint =
        NumberOption.Create("--checkpoint-every", "Updates between two checkpoints.", NumberOption.Positive, defaults.CheckpointEvery);
    private readonly Option<int> _threads = NumberOption.Threads();
    private readonly Option<string> _device = DeviceOption.Create();

    public void AddTo(Command command)
    {
        command.Options.Add(_model);
        _data.AddTo(command);
        foreach (Option option in new Option[]
        {
            _output, _epochs, _batch, _rate, _decay, _beta, _rank, _maxLength, _seed, _checkpoint, _threads, _device,
        })
        {
            command.Options.Add(option);
        }
    }

    public string Model(ParseResult arguments) => arguments.GetRequiredValue(_model).FullName;

    public RewardFolder Output(ParseResult arguments) => new(arguments.GetRequiredValue(_output).FullName);

    public DataMix Mix(ParseResult arguments) => _data.Read(arguments);

    public int Threads(ParseResult arguments) => arguments.GetValue(_threads);

    public string Device(ParseResult arguments) => arguments.GetRequiredValue(_device);

    public RewardSettings Settings(ParseResult arguments) => new()
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
