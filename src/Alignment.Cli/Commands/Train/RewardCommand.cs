using System.CommandLine;
using System.Globalization;
using Alignment.Cli.Options;
using Alignment.Compute.Training;
using Alignment.Hosting.Devices;
using Alignment.Models.Checkpoints;
using Alignment.Models.Tokenization;
using Alignment.Training.Data;
using Alignment.Training.Data.Packing;
using Alignment.Training.Rewards;
using Alignment.Training.Transformers;

namespace Alignment.Cli.Commands.Train;

/// <summary>What the three reward commands have in common: read pairs and model, train, measure on held-out pairs, write the reward and its card.</summary>
internal abstract class RewardCommand : Command
{
    private const int ReportEvery = 20;

    private readonly RewardOptions _options;
    private readonly string _kind;

    protected RewardCommand(string name, string description, string kind, RewardSettings defaults)
        : base(name, description)
    {
        (_kind, _options) = (kind, new RewardOptions(defaults));
        _options.AddTo(this);
        SetAction((arguments, cancellation) => Task.Run(() => Run(arguments, cancellation), CancellationToken.None));
    }

    /// <summary>Trains, writes the reward's files and returns its margins on the held-out pairs.</summary>
    protected abstract IReadOnlyList<(RewardExample Example, double Margin)> Train(RewardRun run);

    private void Run(ParseResult arguments, CancellationToken cancellation)
    {
        RewardSettings settings = _options.Settings(arguments);
        DataMix mix = _options.Mix(arguments);
        DataPart half = _options.Half(arguments);
        string folder = _options.Output(arguments);
        using Tokenizer tokenizer = Tokenizer.Load(_options.Model(arguments));
        ChatEncoder encoder = new(tokenizer);
        RewardExample[] training = Read(half);
        RewardExample[] heldOut = Read(DataPart.HeldOut);
        if (training.Length == 0 || heldOut.Length == 0)
        {
            throw new UserMistakeException("no pair of the mix fits: give a larger --max-length or other data");
        }

        using ITrainingBackend backend = DeviceChoice.OpenForTraining(_options.Device(arguments), _options.Threads(arguments), out string reason);
        using Checkpoint checkpoint = Checkpoint.Open(_options.Model(arguments));
        using TrainableTransformer model = PretrainedWeights.Load(checkpoint, backend);
        TextWriter output = arguments.InvocationConfiguration.Output;
        output.WriteLine($"{training.Length} pairs of half {half}, {heldOut.Length} held out, on {backend.Description} ({reason})");
        RewardRun run = new(Path.GetFileName(folder), folder, model, checkpoint.WeightsSha256, settings, training, heldOut, _options.Threads(arguments), Report, cancellation);
        IReadOnlyList<(RewardExample Example, double Margin)> margins = Train(run);
        new RewardCard(run.Name, _kind, CommandLine(arguments), checkpoint.WeightsSha256, half).Write(mix, training, margins, folder);
        output.WriteLine(File.ReadAllText(Path.Combine(folder, "README.md")));

        RewardExample[] Read(DataPart part) => RewardExample.Read(_options.DataFolder(arguments), mix, part, encoder, settings.MaxLength);

        void Report(RewardProgress progress)
        {
            if (progress.Step % ReportEvery == 0 || progress.Step == progress.Steps)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {progress.Step}/{progress.Steps}  loss {progress.Loss:F4}  accuracy {progress.Accuracy:F3}  {progress.Remaining:hh\\:mm\\:ss} left"));
            }
        }
    }

    private static string CommandLine(ParseResult arguments) => $"dotnet run -c Release --project src/Alignment.Cli -- {string.Join(' ', arguments.Tokens.Select(token => token.Value))}";
}
