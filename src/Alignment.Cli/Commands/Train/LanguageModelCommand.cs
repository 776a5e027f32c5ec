using System.CommandLine;
using System.CommandLine.Parsing;
using Alignment.Cli.Options;
using Alignment.Cli.Progress;
using Alignment.Compute.Contract;
using Alignment.Compute.Contract.Training;
using Alignment.Hosting.Devices;
using Alignment.Models.Checkpoints;
using Alignment.Models.Configuration;
using Alignment.Training.Checkpoints;
using Alignment.Training.Data.Packing;
using Alignment.Training.LanguageModels;
using Alignment.Training.Transformers;
using Spectre.Console;

namespace Alignment.Cli.Commands.Train;

/// <summary>
/// <c>train lm</c>: a language model from packed tokens, from scratch or from a model folder, resumed where an earlier run with the same
/// settings stopped.
/// </summary>
internal sealed class LanguageModelCommand : Command
{
    private const string State = "run.state";
    private const string Export = "export";

    private readonly Option<DirectoryInfo> _tokens =
        PathOption.Folder("--tokens", "Folder with train.bin and heldout.bin, as 'train pack' writes them.");
    private readonly Option<DirectoryInfo> _tokenizer =
        PathOption.Folder("--tokenizer", "Folder with tokenizer.json and tokenizer_config.json.");
    private readonly Option<DirectoryInfo> _output = OutputOption.Create(
        "Folder of the run: run.state to resume from, and the finished model in 'export'.",
        [State, .. ModelExport.Files.Select(file => Path.Combine(Export, file))]);
    private readonly Option<DirectoryInfo> _from = PathOption.Folder(
        "--from", "Model folder to start from: every weight is trained further. Its shape is kept.", required: false);
    private readonly ModelShapeOptions _shape = new();
    private readonly LanguageModelOptions _training = new();
    private readonly Option<int> _threads = NumberOption.Threads();
    private readonly Option<string> _device = DeviceOption.Create();
    private readonly Option<DType> _type = new("--dtype")
    {
        Description = "Type of the exported weights: f32 or bf16.",
        DefaultValueFactory = _ => DType.Bf16,
        CustomParser = result => result.Tokens is [var token] ? ParseType(token.Value, result) : default,
    };

    public LanguageModelCommand()
        : base("lm", "Train a language model.")
    {
        Options.Add(_tokens);
        Options.Add(_tokenizer);
        Options.Add(_output);
        Options.Add(_from);
        _shape.AddTo(this);
        _training.AddTo(this);
        Options.Add(_threads);
        Options.Add(_device);
        Options.Add(_type);
        SetAction(Run);
    }

    private void Run(ParseResult arguments)
    {
        string tokens = arguments.GetRequiredValue(_tokens).FullName;
        string output = arguments.GetRequiredValue(_output).FullName;
        PackedTokens training = PackedTokens.Open(Path.Combine(tokens, "train.bin"));
        PackedTokens heldOut = PackedTokens.Open(Path.Combine(tokens, "heldout.bin"));
        string tokenizer = arguments.GetRequiredValue(_tokenizer).FullName;
        training.RequireTokenizer(tokenizer);
        heldOut.RequireTokenizer(tokenizer);
        using Checkpoint? start = OpenStart(arguments);
        ModelConfig shape = start?.Config ?? _shape.Read(arguments, training.VocabularySize);
        LanguageModelSettings settings = _training.Read(arguments, shape, tokenizer) with { StartWeightsSha256 = start?.WeightsSha256 };

        using ITrainingBackend backend = DeviceChoice.OpenForTraining(
            arguments.GetRequiredValue(_device), arguments.GetValue(_threads), out string reason);
        using TrainableTransformer model =
            start is null ? Draw(shape, settings.Seed, backend) : PretrainedWeights.Load(start, backend);
        using LanguageModelTrainer trainer = new(settings, model, training, heldOut);
        RunCheckpoint checkpoint = new(
            Path.Combine(output, State), RunIdentity.Of(settings, training.Sha256, backend.DeviceKind));
        IAnsiConsole console = TrainingDisplay.Open(arguments.InvocationConfiguration.Output);
        string origin = checkpoint.TryRestore(trainer) ? $"resumed at step {trainer.Optimizer.Steps}"
            : start is null ? $"started from seed {settings.Seed}"
            : $"started from {start.WeightsSha256[..16]}";
        console.WriteLine($"{model.Layout.Length} parameters, data {training.Sha256[..16]}, {origin}, on {backend.Description} ({reason})");
        console.WriteLine($"{settings.Steps} updates, {trainer.Tokens} tokens");
        using (Interruption interruption = new(arguments.InvocationConfiguration.Error))
        {
            new TrainingDisplay(console).Show(report => trainer.Run(report, () => checkpoint.Save(trainer), interruption.Token));
        }

        ModelExport.Write(model, arguments.GetValue(_type), tokenizer, Path.Combine(output, Export));
    }

    private static DType ParseType(string name, ArgumentResult result)
    {
        bool isSingle = name.Equals("f32", StringComparison.OrdinalIgnoreCase);
        if (!isSingle && !name.Equals("bf16", StringComparison.OrdinalIgnoreCase))
        {
            result.AddError($"--dtype must be f32 or bf16{NumberOption.Not(name)}");
        }

        return isSingle ? DType.F32 : DType.Bf16;
    }

    private Checkpoint? OpenStart(ParseResult arguments)
    {
        if (arguments.GetValue(_from) is not { } folder)
        {
            return null;
        }

        _shape.RefuseAny(arguments, "--from keeps the shape of its model");
        return Checkpoint.Open(folder.FullName);
    }

    private static TrainableTransformer Draw(ModelConfig shape, ulong seed, ITrainingBackend backend)
    {
        TrainableTransformer model = new(shape, backend);
        model.Initialize(seed);
        return model;
    }
}
