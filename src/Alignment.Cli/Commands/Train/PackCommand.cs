using System.CommandLine;
using Alignment.Cli.Options;
using Alignment.Cli.Progress;
using Alignment.Models.Tokenization;
using Alignment.Training.Data.Documents;
using Alignment.Training.Data.Packing;

namespace Alignment.Cli.Commands.Train;

/// <summary><c>train pack</c>: encodes a data mix into packed tokens.</summary>
internal sealed class PackCommand : Command
{
    private const string Training = "train.bin";
    private const string HeldOut = "heldout.bin";

    private readonly Option<DirectoryInfo> _tokenizer = PathOption.Folder("--tokenizer", "Folder with tokenizer.json.");
    private readonly DataOptions _data = new();
    private readonly Option<DirectoryInfo> _output = OutputOption.Create("Folder for train.bin and heldout.bin.", Training, HeldOut);
    private readonly Option<ulong> _seed = NumberOption.Create("--seed", "Order of the documents.", NumberOption.FromZero, 1UL);

    public PackCommand()
        : base("pack", "Encode a data mix into shuffled training tokens and held-out tokens.")
    {
        Options.Add(_tokenizer);
        _data.AddTo(this);
        Options.Add(_output);
        Options.Add(_seed);
        SetAction(Run);
    }

    private void Run(ParseResult arguments)
    {
        string folder = arguments.GetRequiredValue(_tokenizer).FullName;
        Corpus corpus = Corpus.Read(_data.Read(arguments));
        using Tokenizer tokenizer = Tokenizer.Load(folder);
        string sha256 = PackedContents.HashTokenizer(folder);
        string[] sources = [.. corpus.Mix.Sources.Select(source => source.Path)];
        TextWriter output = arguments.InvocationConfiguration.Output;
        CorpusPacker packer = new(new ChatEncoder(tokenizer), corpus);
        Write(Training, packer.PackTraining(arguments.GetValue(_seed)));
        Write(HeldOut, packer.PackHeldOut());
        CorpusDisplay.Write(corpus, output);

        void Write(string name, IReadOnlyList<PackedDocument> documents)
        {
            string path = Path.Combine(arguments.GetRequiredValue(_output).FullName, name);
            PackedTokensWriter.Write(documents, sources, tokenizer.VocabularySize, sha256, path);
            output.WriteLine($"{path}: {documents.Sum(document => (long)document.Tokens.Length)} tokens, {documents.Count} documents");
        }
    }
}
