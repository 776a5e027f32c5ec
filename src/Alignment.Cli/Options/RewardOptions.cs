using System.CommandLine;
using Alignment.Training.Data;
using Alignment.Training.Rewards;

namespace Alignment.Cli.Options;

/// <summary>Options of the commands that train a reward; each kind has its own defaults.</summary>
internal sealed class RewardOptions(RewardSettings defaults)
{
    private readonly DataOptions _data = new();
    private readonly Option<DirectoryInfo> _model = ModelOptions.Model();
    private readonly Option<DirectoryInfo> _output = OutputOption.CreateReplaced(
        "Folder of the reward; its name is the reward's name. A run that was stopped lies hidden beside it: the same command resumes it.");

    private readonly Option<int> _epochs = new("--epochs") { Description = "Passes over the pairs.", DefaultValueFactory = _ => defaults.Epochs };
    private readonly Option<int> _batch = new("--batch") { Description = "Pairs an update.", DefaultValueFactory = _ => defaults.BatchSize };
    private readonly Option<double> _rate = new("--learning-rate") { Description = "Highest learning rate.", DefaultValueFactory = _ => defaults.LearningRate };
    private readonly Option<double> _decay = new("--weight-decay") { Description = "Weight decay of matrices.", DefaultValueFactory = _ => defaults.WeightDecay };
    private readonly Option<double> _beta = new("--beta")
    {
        Description = "Units of reward a nat of mean log-probability (heads and adapters over tokens).",
        DefaultValueFactory = _ => defaults.Beta,
    };

    private readonly Option<int> _rank = new("--rank") { Description = "Inner width of a token-reward head, or rank of an adapter.", DefaultValueFactory = _ => defaults.Rank };
    private readonly Option<int> _maxLength = new("--max-length")
    {
        Description = "Longest prompt and response together, in tokens; longer pairs are left out.",
        DefaultValueFactory = _ => defaults.MaxLength,
    };

    private readonly Option<ulong> _seed = new("--seed") { Description = "Initial weights and order of the pairs.", DefaultValueFactory = _ => defaults.Seed };
    private readonly Option<int> _checkpoint = new("--checkpoint-every")
    {
        Description = "Updates between two checkpoints.",
        DefaultValueFactory = _ => defaults.CheckpointEvery,
    };
    private readonly Option<int> _threads = BoundedOption.Threads();
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

    /// <exception cref="UserMistakeException">A number is out of its range.</exception>
    public RewardSettings Settings(ParseResult arguments)
    {
        RewardSettings settings = new()
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
        bool valid = settings is { Epochs: > 0, BatchSize: > 0, Rank: > 0, MaxLength: > 1, CheckpointEvery: > 0 }
            && settings is { LearningRate: > 0, WeightDecay: >= 0, Beta: > 0 }
            && double.IsFinite(settings.LearningRate + settings.WeightDecay + settings.Beta);
        return valid
            ? settings
            : throw new UserMistakeException(
                "epochs, batch, learning rate, beta, rank, max length and checkpoint interval must be positive, "
                + "weight decay not negative, and all of them finite");
    }
}
