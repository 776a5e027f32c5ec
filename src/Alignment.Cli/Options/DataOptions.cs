using System.CommandLine;
using System.CommandLine.Parsing;
using Alignment.Training.Data;

namespace Alignment.Cli.Options;

/// <summary>Options of every command that reads training data: a data file as it is, or a mix of files.</summary>
internal sealed class DataOptions
{
    private const double UsualHeldOut = 0.1;
    private const int BytesToRecogniseMix = 1 << 16;

    private readonly Option<FileInfo> _data = PathOption.File(
        "--data", "Data file (.jsonl, .json, .csv, .tsv, each also .gz), or a mix of several (JSON with 'sources').");

    private readonly Option<DirectoryInfo> _folder = PathOption.Folder(
        "--data-folder", "Folder that the paths of a mix are relative to; without it, the mix's own.", required: false);

    private readonly Option<string?> _format = Format();

    private readonly Option<string[]> _columns = Columns();

    private readonly Option<double> _heldOut = NumberOption.Create(
        "--held-out",
        "Share of a data file's prompts, chosen by hash, that is kept to measure on and not learned from.",
        range: null,
        UsualHeldOut);

    /// <summary>The format of a data file's rows.</summary>
    public static Option<string?> Format() => new("--format")
    {
        Description =
            "Format of a data file's rows; without it, recognised by their fields. preference: chosen, rejected, and prompt unless both "
            + "begin with it; each a text, a Human/Assistant transcript or a list of messages. unpaired: prompt, completion, label. "
            + "ratings: prompt, completion, ratings. dialogue: messages.",
        HelpName = "NAME",
    };

    /// <summary>Names of a data file's columns.</summary>
    public static Option<string[]> Columns() => new("--column")
    {
        Description = "A field that has another name in the data file, as FIELD=COLUMN: --column prompt=question. Once for each.",
        HelpName = "FIELD=COLUMN",
        Validators = { CheckColumns },
    };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _data, _folder, _format, _columns, _heldOut })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="UserMistakeException">An option belongs to data of the other kind.</exception>
    /// <exception cref="InvalidDataException">The mix is malformed.</exception>
    public DataMix Read(ParseResult arguments)
    {
        FileInfo file = arguments.GetRequiredValue(_data);
        string own = file.DirectoryName!;
        if (IsMix(file))
        {
            Refuse(arguments, $"{file.Name} is a mix, which says this for each of its sources", _format, _columns, _heldOut);
            return DataMix.Load(file.FullName, arguments.GetValue(_folder)?.FullName ?? own);
        }

        Refuse(arguments, $"{file.Name} is no mix", _folder);
        MixSource source = new(
            file.Name, arguments.GetValue(_format), HeldOut: arguments.GetValue(_heldOut), Columns: ByField(arguments.GetValue(_columns)));
        return DataMix.Of(source, own);
    }

    /// <summary>What <see cref="Columns"/> were given.</summary>
    public static IReadOnlyDictionary<string, string> ByField(string[]? columns) =>
        (columns ?? []).Select(column => column.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1]);

    private static void Refuse(ParseResult arguments, string why, params Option[] options)
    {
        if (options.FirstOrDefault(option => arguments.GetResult(option) is { Implicit: false }) is { } given)
        {
            throw new UserMistakeException($"{given.Name} does not apply: {why}");
        }
    }

    private static void CheckColumns(OptionResult result)
    {
        string[] fields = [.. result.Tokens.Select(token => token.Value.Split('=', 2)[0])];
        bool complete = result.Tokens.All(token => token.Value.IndexOf('=', StringComparison.Ordinal) > 0 && !token.Value.EndsWith('='));
        if (!complete || fields.Distinct().Count() < fields.Length)
        {
            result.AddError("--column must be FIELD=COLUMN, once for each field");
        }
    }

    /// <summary>A mix is a <c>.json</c> file whose one object names its sources near its beginning.</summary>
    private static bool IsMix(FileInfo file)
    {
        // Pipes have no length, and would be waited for.
        if (!file.Extension.Equals(".json", StringComparison.OrdinalIgnoreCase) || Length(file) == 0)
        {
            return false;
        }

        using StreamReader reader = new(file.FullName);
        char[] beginning = new char[BytesToRecogniseMix];
        string text = new string(beginning, 0, reader.ReadBlock(beginning)).TrimStart();
        return text.StartsWith('{') && text.Contains("\"sources\"", StringComparison.Ordinal);
    }

    private static long Length(FileInfo file) => ((FileInfo)(file.ResolveLinkTarget(returnFinalTarget: true) ?? file)).Length;
}
