using Alignment.Models;
using Alignment.Models.Files;

namespace Alignment.Rewards.Heads;

/// <summary>The <c>head_config.json</c> of a head's folder, checked against the model that it is loaded over.</summary>
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

    /// <exception cref="InvalidDataException">A field is absurd, or the head was trained for another model.</exception>
    public static HeadConfig Read(string folder, LanguageModel model)
    {
        string path = Path.Combine(folder, FileName);
        var fields = new JsonFields(path, JsonFile.ReadObject(path));
        string type = fields.Text("type") ?? throw fields.Problem("type", "is missing");
        Check(fields, "hidden_size", model.Config.HiddenSize);
        model.RequireTrainedFor(fields);
        bool isTokenReward = type == TokenRewardHead.Type;
        if (isTokenReward)
        {
            Check(fields, "vocab_size", model.Config.VocabularySize);
        }

        return new HeadConfig
        {
            Type = isTokenReward || type == ValueHead.Type ? type : throw fields.Problem("type", $"'{type}' is not known; {ValueHead.Type} and {TokenRewardHead.Type} are"),
            Name = fields.Text("name") ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)),
            Rank = isTokenReward ? fields.Integer("rank", 1, MaxRank) : 0,
            UsesSilu = fields.Text("activation") switch
            {
                "silu" => true,
                null or "identity" => false,
                { } other => throw fields.Problem("activation", $"'{other}' is not known; silu and identity are"),
            },
            Objectives = fields.Texts("objectives"),
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
