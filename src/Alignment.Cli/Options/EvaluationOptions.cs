using System.CommandLine;
using Alignment.Decoding.Scoring;
using Alignment.Rewards;
using Alignment.Training.Data;

namespace Alignment.Cli.Options;

/// <summary>Options of <c>evaluate rewards</c>.</summary>
internal sealed class EvaluationOptions
{
    private readonly Option<DirectoryInfo> _model = ModelOptions.Model();
    private readonly Option<FileInfo> _data = PathOption.File(
        "--data",
        "Preferences (.jsonl, .json, .csv, .tsv, each also .gz): prompt, chosen, rejected, or the forms of RewardBench, RM-Bench and RMB.");

    private readonly Option<string?> _format = DataOptions.Format();
    private readonly Option<string[]> _columns = DataOptions.Columns();
    private readonly Option<string[]> _rewards = new("--reward")
    {
        Description =
            "A head or adapter of the model's folder, once for each; without it, all of them. Of what scores tokens also NAME:sum or "
            + "NAME:mean; frozen:sum and frozen:mean are the model's own log-probability.",
        HelpName = "NAME",
    };

    private readonly Option<bool> _baselines = ModelOptions.Flag(
        "--baselines", "Measure frozen:sum and frozen:mean too; a table without --reward has them anyway.");

    private readonly Option<bool> _prefixes = ModelOptions.Flag(
        "--prefixes", "Measure also what the rewards say of the first 25, 50 and 75 % of each response.");

    private readonly Option<bool> _json = ModelOptions.Flag("--json", "Print one JSON array, an object a reward, instead of a table.");
    private readonly Option<string> _device = DeviceOption.Create();

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[]
        {
            _model, _data, _format, _columns, _rewards, _baselines, _prefixes, _json, _device,
        })
        {
            command.Options.Add(option);
        }
    }

    public string Model(ParseResult arguments) => arguments.GetRequiredValue(_model).FullName;

    public string Device(ParseResult arguments) => arguments.GetRequiredValue(_device);

    public bool Json(ParseResult arguments) => arguments.GetValue(_json);

    /// <summary>How much of each response is scored, the whole of it last.</summary>
    public IReadOnlyList<double> Shares(ParseResult arguments) => arguments.GetValue(_prefixes) ? [0.25, 0.5, 0.75, 1] : [1];

    /// <summary>The data as a mix of one file, of which nothing is held out.</summary>
    /// <exception cref="InvalidDataException">An option of it is wrong.</exception>
    public DataMix Data(ParseResult arguments)
    {
        FileInfo file = arguments.GetRequiredValue(_data);
        IReadOnlyDictionary<string, string> columns = DataOptions.ByField(arguments.GetValue(_columns));
        return DataMix.Of(
            new MixSource(file.Name, arguments.GetValue(_format), HeldOut: 0, Columns: columns), file.DirectoryName!);
    }

    /// <summary>What is measured, under the names that were asked for; read without the weights.</summary>
    /// <exception cref="UserMistakeException">There is no such reward, it is named twice, or there is none at all.</exception>
    public IReadOnlyList<(string Name, ScorerName Scorer)> Scorers(ParseResult arguments)
    {
        (IReadOnlyList<string> guides, IReadOnlyList<string> rewards) = ModelRewards.NamesIn(Model(arguments));
        string[] asked = arguments.GetValue(_rewards) ?? [];
        string[] names = asked.Length > 0 ? asked : [.. rewards, .. guides];
        bool withBaselines = arguments.GetValue(_baselines) || (asked.Length == 0 && !Json(arguments));
        names = [.. names, .. withBaselines ? ScorerName.Baselines.Except(names) : []];
        string known = string.Join(", ", [.. rewards, .. guides, .. ScorerName.Baselines]);
        return names.Length == 0 ? throw new UserMistakeException($"{Model(arguments)} has no reward; there is {known}")
            : names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice
                ? throw new UserMistakeException($"--reward {twice.Key} is given twice")
                : [.. names.Select(name => (name, ScorerName.Parse(name, guides, rewards) ?? throw Unknown(name)))];

        UserMistakeException Unknown(string name) => new($"--reward must be one of {known}{NumberOption.Not(name)}");
    }
}
