using System.CommandLine;
using Alignment.Models.Configuration;

namespace Alignment.Cli.Options;

/// <summary>The shape of a model that is trained from scratch: a Llama.</summary>
internal sealed class ModelShapeOptions
{
    private readonly Option<int> _hidden = new("--hidden") { Description = "Width of the residual stream.", DefaultValueFactory = _ => 256 };
    private readonly Option<int> _layers = new("--layers") { Description = "Layers.", DefaultValueFactory = _ => 8 };
    private readonly Option<int> _heads = new("--heads") { Description = "Query heads.", DefaultValueFactory = _ => 4 };
    private readonly Option<int> _keyValueHeads = new("--kv-heads") { Description = "Key/value heads.", DefaultValueFactory = _ => 2 };
    private readonly Option<int> _intermediate = new("--intermediate") { Description = "Width of the feed-forward layer.", DefaultValueFactory = _ => 704 };
    private readonly Option<int> _positions = new("--positions") { Description = "Longest context of the model.", DefaultValueFactory = _ => 1024 };
    private readonly Option<int> _begin = new("--bos") { Description = "Id of the token that begins a text.", DefaultValueFactory = _ => 0 };
    private readonly Option<int[]> _end = new("--eos") { Description = "Ids of the tokens that end a response.", DefaultValueFactory = _ => [4, 0] };

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
        (int hidden, int heads, int keyValueHeads) = (arguments.GetValue(_hidden), arguments.GetValue(_heads), arguments.GetValue(_keyValueHeads));
        if (new[] { hidden, heads, keyValueHeads, arguments.GetValue(_layers), arguments.GetValue(_intermediate), arguments.GetValue(_positions) }.Any(size => size < 1))
        {
            throw new UserMistakeException("every size of the model must be at least 1");
        }

        if (hidden % heads != 0 || hidden / heads % 2 != 0 || heads % keyValueHeads != 0)
        {
            throw new UserMistakeException($"--hidden {hidden} must be an even multiple of --heads {heads}, and --heads a multiple of --kv-heads {keyValueHeads}");
        }

        int[] control = [arguments.GetValue(_begin), .. arguments.GetRequiredValue(_end)];
        if (control.Any(id => id < 0 || id >= vocabularySize))
        {
            throw new UserMistakeException($"--bos and --eos must be ids of the {vocabularySize} tokens");
        }

        return new ModelConfig
        {
            ModelType = "llama",
            VocabularySize = vocabularySize,
            HiddenSize = hidden,
            IntermediateSize = arguments.GetValue(_intermediate),
            Layers = arguments.GetValue(_layers),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = hidden / heads,
            MaxPositions = arguments.GetValue(_positions),
            TieWordEmbeddings = true,
            BosTokenId = arguments.GetValue(_begin),
            EosTokenIds = arguments.GetRequiredValue(_end),
        };
    }
}
