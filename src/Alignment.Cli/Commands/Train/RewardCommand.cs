using System.CommandLine;
using System.Globalization;
using Alignment.Cli.Options;
using Alignment.Compute.Contract.Training;
using Alignment.Hosting.Devices;
using Alignment.Models.Checkpoints;
using Alignment.Models.Tokenization;
using Alignment.Training.Data;
using Alignment.Training.Data.Packing;
using Alignment.Training.Rewards;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Heads;
using Alignment.Training.Rewards.Trainers;
using Alignment.Training.Transformers;

namespace Alignment.Cli.Commands.Train;

/// <summary>
/// <c>train value-head</c>, <c>token-reward-head</c> and <c>arm</c>: a reward of preference pairs, measured on held-out ones, with a card.
/// </summary>
internal sealed class RewardCommand : Command
{
    private const int ReportEvery = 20;

    private readonly RewardOptions _options;
    private readonly RewardKind _kind;

    public RewardCommand(RewardKind kind, string description)
        : base(kind.Name, description)
    {
        (_kind, _options) = (kind, new RewardOptions(kind));
        _options.AddTo(this);
        SetAction(Run);
    }

    private void Run(ParseResult arguments)
    {
        RewardFolder folder = _options.Output(arguments);
        RewardSettings settings = _options.Settings(arguments);
        string? features = _options.FeatureFolder(arguments);
        TextWriter output = arguments.InvocationConfiguration.Output;
        using Tokenizer tokenizer = Tokenizer.Load(_options.Model(arguments));
        using Checkpoint checkpoint = Checkpoint.Open(_options.Model(arguments));
        settings = settings with { MaxLength = Math.Min(settings.MaxLength, checkpoint.Config.MaxPositions) };
        RewardData data = RewardData.Read(
            _options.Mix(arguments),
            part => part != DataPart.HeldOut,
            new ChatEncoder(tokenizer),
            settings.MaxLength,
            HeadCourses.KindOf(settings.Objective));

        using ITrainingBackend backend = DeviceChoice.OpenForTraining(
            _options.Device(arguments), _options.Threads(arguments), out string reason);
        using TrainableTransformer model = PretrainedWeights.Load(checkpoint, backend);
        output.WriteLine($"{Learned(data)}, {data.HeldOut.Count} held out, on {backend.Description} ({reason})");
        data.LeftOut.ToList().ForEach(reason => output.WriteLine($"not used: {reason}"));
        RewardCard card = new(
            folder.Name, _kind, CommandLine(arguments), checkpoint.WeightsSha256, "all prompts but the held-out ones", License: null);
        using (Interruption interruption = new(arguments.InvocationConfiguration.Error))
        {
            RewardRun run = new(card, settings, data, folder) { FeatureFolder = features };
            run.Run(
                model,
                (done, all) => output.WriteLine($"hidden states {done}/{all}"),
                step => output.WriteLine($"resumed at step {step}"),
                progress => Report(progress, output),
                interruption.Token);
        }

        output.WriteLine(File.ReadAllText(Path.Combine(folder.Path, RewardCard.FileName)));
    }

    private static string Learned(RewardData data) => data.Rated.Count > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{data.Rated.Count} responses; pairs")
        : string.Create(CultureInfo.InvariantCulture, $"{data.Training.Count} pairs");

    private static void Report(RewardProgress progress, TextWriter output)
    {
        if (progress.Step % ReportEvery == 0 || progress.Step == progress.Steps)
        {
            string right = progress.Accuracy?.ToString("'accuracy '0.000'  '", CultureInfo.InvariantCulture) ?? "";
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"step {progress.Step}/{progress.Steps}  loss {progress.Loss:F4}  {right}{progress.Remaining:hh\\:mm\\:ss} left"));
        }
    }

    private static string CommandLine(ParseResult arguments) =>
        $"dotnet run -c Release --project src/Alignment.Cli -- {string.Join(' ', arguments.Tokens.Select(token => Quote(token.Value)))}";

    /// <summary>As a shell reads it back.</summary>
    private static string Quote(string argument) =>
        argument.Length > 0 && argument.All(character => char.IsAsciiLetterOrDigit(character) || "-_./=:,+".Contains(character))
            ? argument
            : $"'{argument.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
