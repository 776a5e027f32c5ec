using System.CommandLine;
using Alignment.Models.Configuration;

namespace Alignment.Cli.Options;

/// <summary>The shape of a model that is trained from scratch: a Llama.</summary>
internal sealed class ModelShapeOptions
{
    private readonly Option<int> _hidden = Size("--hidden", "Width of the residual stream.", 256);
    private readonly Option<int> _layers = Size("--layers", "Layers.", 8);
    private readonly Option<int> _heads = Size("--heads", "Query heads.", 4);
    private readonly Option<int> _keyValueHeads = Size("--kv-heads", "Key/value heads.", 2);
    private readonly Option<int> _intermediate = Size("--intermediate", "Width of the feed-forward layer.", 704);
    private readonly Option<int> _positions = Size("--positions", "Longest context of the model.", 1024);
    private readonly Option<int> _begin =
        NumberOption.Create("--bos", "Id of the token that begins a text.", NumberOption.FromZero, 0);
    private readonly Option<int[]> _end =
        NumberOption.CreateList("--eos", "Ids of the tokens that end a response.", NumberOption.FromZero, [4, 0]);

    private Option[] All => [_hidden, _layers, _heads, _keyValueHeads, _intermediate, _positions, _begin, _end];

    public void AddTo(Command command) => Array.ForEach(All, command.Options.Add);

    /// <summary>A model that is trained further keeps its shape.</summary>
    /// <exception cref="UserMistakeException">A size was given.</exception>
    public void RefuseAny(ParseResult arguments, string reason)
    {
        string[] given = [.. All.Where(option => arguments.GetResult(option) is { Implicit: false }).Select(option => option.Name)];
        if (given.Length > 0)
        {
            throw new UserMistakeException($"{string.Join(", ", given)}: {reason}");
        }
    }

    /// <exception cref="UserMistakeException">The numbers do not fit together.</exception>
    public ModelConfig Read(ParseResult arguments, int vocabularySize)
    {
        Check(arguments, vocabularySize);
        (int hidden, int heads) = (arguments.GetValue(_hidden), arguments.GetValue(_heads));
        return new ModelConfig
        {
            ModelType = "llama",
            VocabularySize = vocabularySize,
            HiddenSize = hidden,
            IntermediateSize = arguments.GetValue(_intermediate),
            Layers = arguments.GetValue(_layers),
            Heads = heads,
            KeyValueHeads = arguments.GetValue(_keyValueHeads),
            HeadSize = hidden / heads,
            MaxPositions = arguments.GetValue(_positions),
            TieWordEmbeddings = true,
            BosTokenId = arguments.GetValue(_begin),
            EosTokenIds = arguments.GetRequiredValue(_end),
        };
    }

    private void Check(ParseResult arguments, int vocabularySize)
    {
        (int hidden, int heads) = (arguments.GetValue(_hidden), arguments.GetValue(_heads));
        int keyValueHeads = arguments.GetValue(_keyValueHeads);
        if (hidden % heads != 0 || hidden / heads % 2 != 0 || heads % keyValueHeads != 0)
        {
            throw new UserMistakeException(
                $"--hidden {hidden} must be an even multiple of --heads {heads}, and --heads a multiple of --kv-heads {keyValueHeads}");
        }

        int[] control = [arguments.GetValue(_begin), .. arguments.GetRequiredValue(_end)];
        if (control.Any(id => id >= vocabularySize))
        {
            throw new UserMistakeException($"--bos and --eos must be ids of the {vocabularySize} tokens");
        }
    }

    private static Option<int> Size(string name, string description, int usual) =>
        NumberOption.Create(name, description, NumberOption.Positive, usual);
}
