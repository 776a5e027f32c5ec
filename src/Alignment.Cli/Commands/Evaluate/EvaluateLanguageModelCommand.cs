using System.CommandLine;
using Alignment.Cli.Options;
using Alignment.Compute.Contract.Training;
using Alignment.Hosting.Devices;
using Alignment.Models.Checkpoints;
using Alignment.Training.Data.Packing;
using Alignment.Training.Evaluation;
using Alignment.Training.LanguageModels;
using Alignment.Training.Transformers;

namespace Alignment.Cli.Commands.Evaluate;

/// <summary><c>evaluate lm</c>: the loss of a language model on all held-out documents, by source.</summary>
internal sealed class EvaluateLanguageModelCommand : Command
{
    private readonly Option<DirectoryInfo> _model = ModelOptions.Model();
    private readonly Option<DirectoryInfo> _tokens =
        PathOption.Folder("--tokens", "Folder with heldout.bin, as 'train pack' writes it with the model's tokenizer.");

    private readonly Option<int?> _context = NumberOption.CreateOptional<int>(
        "--context", "Tokens of the longest stretch of a document; without it, the model's context.", NumberOption.Positive);

    private readonly Option<int> _threads = NumberOption.Threads();
    private readonly Option<string> _device = DeviceOption.Create();
    private readonly Option<bool> _json = ModelOptions.Flag("--json", "Print one JSON array, an object a source.");

    public EvaluateLanguageModelCommand()
        : base("lm", "Measure a language model's loss on held-out documents, by source: nats a token and bits a byte.")
    {
        foreach (Option option in new Option[] { _model, _tokens, _context, _threads, _device, _json })
        {
            Options.Add(option);
        }

        SetAction(Run);
    }

    private void Run(ParseResult arguments)
    {
        string folder = arguments.GetRequiredValue(_model).FullName;
        PackedTokens data = PackedTokens.Open(Path.Combine(arguments.GetRequiredValue(_tokens).FullName, "heldout.bin"));
        data.RequireTokenizer(folder);
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        int context = Context(arguments, checkpoint, data);
        using ITrainingBackend backend = DeviceChoice.OpenForTraining(
            arguments.GetRequiredValue(_device), arguments.GetValue(_threads), out _);
        using TrainableTransformer model = PretrainedWeights.Load(checkpoint, backend);
        using LossMeter meter = new(model, context);
        IReadOnlyList<SourceLoss> sources = SourceLoss.Measure(meter, data);
        arguments.InvocationConfiguration.Output.WriteLine(
            arguments.GetValue(_json) ? LossReport.Json(sources) : LossReport.Markdown(sources).TrimEnd());
    }

    /// <exception cref="UserMistakeException">It is longer than the model's, or the model lacks tokens of the data.</exception>
    private int Context(ParseResult arguments, Checkpoint checkpoint, PackedTokens data)
    {
        int context = arguments.GetValue(_context) ?? checkpoint.Config.MaxPositions;
        return context > checkpoint.Config.MaxPositions
                ? throw new UserMistakeException($"--context {context} is longer than the model's {checkpoint.Config.MaxPositions}")
            : data.VocabularySize > checkpoint.Config.VocabularySize
                ? throw new UserMistakeException(
                    $"the tokens are of a vocabulary of {data.VocabularySize}, the model has {checkpoint.Config.VocabularySize}")
            : context;
    }
}
