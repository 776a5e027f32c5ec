using Alignment.Models;
using Alignment.Models.Files;

namespace Alignment.Rewards.Heads;

/// <summary>The <c>head_config.json</c> of a head's folder.</summary>
internal sealed record HeadConfig
{
    public const string FileName = "head_config.json";
    private const int MaxRank = 1 << 16;

    public required string Type { get; init; }

    public required string Name { get; init; }

    /// <summary>Inner width of a token-reward head.</summary>
    public required int Rank { get; init; }

    /// <summary>Whether a token-reward head applies silu between its two products.</summary>
    public required bool UsesSilu { get; init; }

    /// <summary>What a value head scores.</summary>
    public required IReadOnlyList<string> Objectives { get; init; }

    /// <summary>Whether a value head scores any last token, and not only ends of turns.</summary>
    public required bool ScoresPrefixes { get; init; }

    /// <summary>As requests name what it gives: a head by its own name, or each of several objectives as <c>head.objective</c>.</summary>
    public IReadOnlyList<string> Names =>
        Objectives.Count > 1 ? [.. Objectives.Select(objective => $"{Name}.{objective}")] : [Name];

    /// <summary>What the head says of itself.</summary>
    /// <exception cref="InvalidDataException">A field is absurd.</exception>
    public static HeadConfig Read(string folder) => Read(Fields(folder), folder);

    /// <summary>The same, of a head for this model.</summary>
    /// <exception cref="InvalidDataException">A field is absurd, or the head was trained for another model.</exception>
    public static HeadConfig Read(string folder, LanguageModel model)
    {
        JsonFields fields = Fields(folder);
        HeadConfig config = Read(fields, folder);
        Check(fields, "hidden_size", model.Config.HiddenSize);
        model.RequireTrainedFor(fields);
        if (config.Type == TokenRewardHead.Type)
        {
            Check(fields, "vocab_size", model.Config.VocabularySize);
        }

        return config;
    }

    private static JsonFields Fields(string folder)
    {
        string path = Path.Combine(folder, FileName);
        return new JsonFields(path, JsonFile.ReadObject(path));
    }

    private static HeadConfig Read(JsonFields fields, string folder)
    {
        string type = fields.Text("type") ?? throw fields.Problem("type", "is missing");
        bool isTokenReward = type == TokenRewardHead.Type;
        return new HeadConfig
        {
            Type = isTokenReward || type == ValueHead.Type
                ? type
                : throw fields.Problem("type", $"'{type}' is not known; {ValueHead.Type} and {TokenRewardHead.Type} are"),
            Name = fields.Text("name") ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)),
            Rank = isTokenReward ? fields.Integer("rank", 1, MaxRank) : 0,
            UsesSilu = fields.Text("activation") switch
            {
                "silu" => true,
                null or "identity" => false,
                { } other => throw fields.Problem("activation", $"'{other}' is not known; silu and identity are"),
            },
            Objectives = isTokenReward ? [] : fields.Texts("objectives"),
            ScoresPrefixes = !isTokenReward && fields.Text("reads") switch
            {
                HeadReads.LastToken => true,
                null or HeadReads.EndOfTurn => false,
                { } other => throw fields.Problem(
                    "reads", $"'{other}' is not known; {HeadReads.EndOfTurn} and {HeadReads.LastToken} are"),
            },
        };
    }

    private static void Check(JsonFields fields, string name, int expected)
    {
        int value = fields.Integer(name, 1, int.MaxValue);
        if (value != expected)
        {
            throw fields.Problem(name, $"is {value}, the model's is {expected}");
        }
    }
}
