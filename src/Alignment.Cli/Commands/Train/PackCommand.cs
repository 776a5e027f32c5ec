using System.CommandLine;
using Alignment.Cli.Options;
using Alignment.Models.Tokenization;
using Alignment.Training.Data;
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
        DataMix mix = _data.Read(arguments);
        Tokenizer tokenizer = Tokenizer.Load(arguments.GetRequiredValue(_tokenizer).FullName);
        CorpusPacker packer = new(new ChatEncoder(tokenizer), mix);
        Write(Training, packer.PackTraining(arguments.GetValue(_seed)));
        Write(HeldOut, packer.PackHeldOut());

        void Write(string name, IReadOnlyList<ushort[]> documents)
        {
            string path = Path.Combine(arguments.GetRequiredValue(_output).FullName, name);
            PackedTokensWriter.Write(documents, tokenizer.VocabularySize, path);
            arguments.InvocationConfiguration.Output.WriteLine(
                $"{path}: {documents.Sum(document => (long)document.Length)} tokens, {documents.Count} documents");
        }
    }
}
