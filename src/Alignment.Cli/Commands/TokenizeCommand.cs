using System.CommandLine;
using System.Text;
using System.Text.Json;
using Alignment.Cli.Options;
using Alignment.Models.Tokenization;

namespace Alignment.Cli.Commands;

/// <summary><c>tokenize</c>: the ids of a file's text.</summary>
internal sealed class TokenizeCommand : Command
{
    private readonly Option<DirectoryInfo> _model = ModelOptions.Model();
    private readonly Option<FileInfo> _file = new Option<FileInfo>("--file") { Description = "UTF-8 text.", Required = true }.AcceptExistingOnly();
    private readonly Option<bool> _noSpecial = new("--no-special") { Description = "Do not add the tokens that begin or end a text." };

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
        string text = Encoding.UTF8.GetString(File.ReadAllBytes(arguments.GetRequiredValue(_file).FullName)); // a byte order mark is text
        IReadOnlyList<int> ids = tokenizer.Encode(text, addSpecialTokens: !arguments.GetValue(_noSpecial));
        arguments.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(ids));
    }
}
