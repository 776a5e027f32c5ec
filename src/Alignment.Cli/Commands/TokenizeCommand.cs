using System.CommandLine;
using System.Text.Json;
using Alignment.Cli.Options;
using Alignment.Models.Tokenization;

namespace Alignment.Cli.Commands;

/// <summary><c>tokenize</c>: the ids of a file's text.</summary>
internal sealed class TokenizeCommand : Command
{
    private readonly Option<DirectoryInfo> _model = ModelOptions.Model();
    private readonly Option<FileInfo> _file = PathOption.File("--file", "UTF-8 text.");
    private readonly Option<bool> _noSpecial = ModelOptions.Flag("--no-special", "Do not add the tokens that begin or end a text.");

    public TokenizeCommand()
        : base("tokenize", "Print the token ids of a text as one JSON array. Needs only the tokenizer in the folder.")
    {
        Options.Add(_model);
        Options.Add(_file);
        Options.Add(_noSpecial);
        SetAction(Run);
    }

    private void Run(ParseResult arguments)
    {
        Tokenizer tokenizer = Tokenizer.Load(arguments.GetRequiredValue(_model).FullName);
        string text = TextFile.Read(arguments.GetRequiredValue(_file));
        IReadOnlyList<int> ids = tokenizer.Encode(text, addSpecialTokens: !arguments.GetValue(_noSpecial));
        arguments.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(ids));
    }
}
