using System.CommandLine;
using Alignment.Cli.Options;
using Alignment.Decoding.Requests;
using Alignment.Models.Tokenization.PreTokenizers;
using Alignment.Training.Data;
using Alignment.Training.Data.Documents;
using Alignment.Training.Data.Packing;
using Alignment.Training.Tokenizers;

namespace Alignment.Cli.Commands.Train;

/// <summary><c>train tokenizer</c>: a byte-level BPE vocabulary of a data mix, with the control tokens of the chat format.</summary>
internal sealed class TokenizerCommand : Command
{
    private const int SmallestSize = 512;

    private readonly DataOptions _data = new();
    private readonly Option<int> _size = NumberOption.Create(
        "--size", "Tokens of the vocabulary.", new NumberRange(SmallestSize, ushort.MaxValue), 4096);
    private readonly Option<DirectoryInfo> _output = OutputOption.Create(
        "Folder for tokenizer.json and tokenizer_config.json.", "tokenizer.json", "tokenizer_config.json");

    public TokenizerCommand()
        : base("tokenizer", "Train a byte-level BPE tokenizer.")
    {
        _data.AddTo(this);
        Options.Add(_size);
        Options.Add(_output);
        SetAction(Run);
    }

    private void Run(ParseResult arguments)
    {
        BpeTrainer trainer = new(WordPattern.Qwen2, ChatFormat.ControlTokens);
        foreach (Turn turn in Corpus.Read(_data.Read(arguments)).Training.SelectMany(document => document.Turns))
        {
            trainer.Add(turn.Content);
        }

        BpeVocabulary vocabulary = trainer.Train(arguments.GetValue(_size));
        string folder = arguments.GetRequiredValue(_output).FullName;
        TokenizerWriter.Write(vocabulary, ChatFormat.Begin, ChatFormat.End, ChatFormat.Template, folder);
        arguments.InvocationConfiguration.Output.WriteLine($"{folder}: {vocabulary.Tokens.Count} tokens");
    }
}
