using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Alignment.Decoding.Requests;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Heads;
using Alignment.Training.Rewards.Trainers;

namespace Alignment.Cli.Options;

/// <summary>What a value head is to become: options of <c>train value-head</c> alone.</summary>
internal sealed class ValueHeadOptions
{
    private static readonly NumberRange s_prototypes = new(1, 64);

    private readonly Option<RewardObjective> _objective = Choice<RewardObjective>(
        "--objective", "What the head learns: of pairs bradley-terry, noise-aware, margin, pcrm, more or pal, of thumbs kto or bco, of "
        + "ratings regression.");

    private readonly Option<ResponsePositions> _positions = Choice<ResponsePositions>(
        "--positions", "end: it scores finished responses. all: it learns from every prefix, and scores responses that go on as well.");

    private readonly Option<bool> _balance = new("--balance-lengths")
    {
        Description = "Weigh pairs so that length tells nothing of which response is preferred.",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<double> _penalty = NumberOption.Create(
        "--length-penalty",
        "Strength of a penalty on the correlation of margins with length ratios; it wants large batches.",
        NumberOption.FromZero,
        new RewardSettings().LengthPenalty);

    private readonly Option<int> _prototypes = NumberOption.Create(
        "--prototypes", "Rewards that those of the users are mixed of (pal).", s_prototypes, new RewardSettings().Prototypes);

    public IEnumerable<Option> All => [_objective, _positions, _balance, _penalty, _prototypes];

    /// <exception cref="UserMistakeException">An option does not belong to the objective.</exception>
    public RewardSettings Add(ParseResult arguments, RewardSettings settings)
    {
        RewardObjective objective = arguments.GetValue(_objective);
        bool pairs = HeadCourses.KindOf(objective) is ExampleKind.Pairs;
        Refuse(arguments, !pairs, $"{Name(objective)} does not compare the responses of pairs alone", _balance, _penalty);
        Refuse(arguments, objective != RewardObjective.Pal, $"{Name(objective)} has no users", _prototypes);
        return settings with
        {
            Objective = objective,
            Positions = arguments.GetValue(_positions),
            BalanceLengths = arguments.GetValue(_balance),
            LengthPenalty = arguments.GetValue(_penalty),
            Prototypes = arguments.GetValue(_prototypes),
        };
    }

    private static void Refuse(ParseResult arguments, bool refuses, string why, params Option[] options)
    {
        if (refuses && options.FirstOrDefault(option => arguments.GetResult(option) is { Implicit: false }) is { } given)
        {
            throw new UserMistakeException($"{given.Name} does not apply: {why}");
        }
    }

    private static Option<T> Choice<T>(string name, string description)
        where T : struct, Enum => new(name)
        {
            Description = description,
            HelpName = string.Join('|', Enum.GetValues<T>().Select(Name)),
            DefaultValueFactory = _ => default,
            CustomParser = result => Parse<T>(name, result),
        };

    private static T Parse<T>(string name, ArgumentResult result)
        where T : struct, Enum
    {
        string text = result.Tokens is [var token] ? token.Value : "";
        T[] known = [.. Enum.GetValues<T>().Where(value => Name(value) == text)];
        if (known.Length == 0)
        {
            result.AddError($"{name} must be one of {string.Join(", ", Enum.GetValues<T>().Select(Name))}{NumberOption.Not(text)}");
        }

        return known.FirstOrDefault();
    }

    private static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
