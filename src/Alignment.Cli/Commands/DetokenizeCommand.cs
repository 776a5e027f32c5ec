using System.CommandLine;
using Alignment.Cli.Options;
using Alignment.Models.Tokenization;

namespace Alignment.Cli.Commands;

/// <summary>
/// <c>detokenize</c>: the inverse of <c>tokenize</c>. Only the tokens that begin a text are left out; control tokens inside it are spelled.
/// </summary>
internal sealed class DetokenizeCommand : Command
{
    private readonly Option<DirectoryInfo> _model = ModelOptions.Model();
    private readonly Option<int[]?> _ids = ModelOptions.Ids("--ids", "Token ids.");

    public DetokenizeCommand()
        : base("detokenize", "Print the text of token ids. Needs only the tokenizer in the folder.")
    {
        _ids.Required = true;
        Options.Add(_model);
        Options.Add(_ids);
        SetAction(Run);
    }

    private void Run(ParseResult arguments)
    {
        Tokenizer tokenizer = Tokenizer.Load(arguments.GetRequiredValue(_model).FullName);
        int[] ids = ModelOptions.CheckIds(arguments.GetRequiredValue(_ids)!, tokenizer.VocabularySize);
        int[] begin = tokenizer.Encode("");
        ReadOnlySpan<int> text = ids.AsSpan().StartsWith(begin) ? ids.AsSpan(begin.Length) : ids;
        arguments.InvocationConfiguration.Output.Write(tokenizer.Decode(text.ToArray(), skipSpecialTokens: false));
    }
}
