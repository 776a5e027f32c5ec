using System.CommandLine;
using System.Text.Json;
using Alignment.Cli.Engines;
using Alignment.Cli.Options;
using Alignment.Models.Tokenization;

namespace Alignment.Cli.Commands;

/// <summary><c>score</c>: how probable a model finds a text, token by token.</summary>
internal sealed class ScoreCommand : Command
{
    private readonly Option<DirectoryInfo> _model = ModelOptions.Model();
    private readonly Option<FileInfo> _file = PathOption.File("--file", "UTF-8 text.", required: false);
    private readonly Option<int[]?> _ids = ModelOptions.Ids("--ids", "Token ids; then the folder needs no tokenizer.");
    private readonly Option<string> _device = DeviceOption.Create();

    public ScoreCommand()
        : base("score", "Print the log-probability of each token given those before it as a JSON array, null for the first.")
    {
        Options.Add(_model);
        Options.Add(_file);
        Options.Add(_ids);
        Options.Add(_device);
        Validators.Add(ModelOptions.ExactlyOne(_file, _ids));
        SetAction(RunAsync);
    }

    private async Task RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        string folder = arguments.GetRequiredValue(_model).FullName;
        int[] ids = arguments.GetResult(_ids) is null
            ? Encode(folder, arguments.GetRequiredValue(_file))
            : arguments.GetRequiredValue(_ids)!;
        await using FrozenEngine engine = FrozenEngine.Open(folder, ids.Length, arguments.GetRequiredValue(_device));
        float[] logProbabilities = await engine.ScoreAsync(ModelOptions.CheckIds(ids, engine.VocabularySize), cancellation);
        await arguments.InvocationConfiguration.Output.WriteLineAsync(JsonSerializer.Serialize<float?[]>([null, .. logProbabilities]));
    }

    private static int[] Encode(string folder, FileInfo file)
    {
        using Tokenizer tokenizer = Tokenizer.Load(folder);
        return tokenizer.Encode(TextFile.Read(file));
    }
}
