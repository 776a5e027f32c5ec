using System.Text.Json;
using System.Text.Json.Nodes;
using Alignment.Models.Files;
using Alignment.Models.Tokenization.Pipeline;
using Alignment.Tests;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>Runs single steps of a tokenizer here and in Hugging Face's own library, and compares the pieces.</summary>
internal static class StepOracle
{
    /// <summary>A step and the texts that it is given; the other step is left out.</summary>
    public sealed record Case(JsonObject? Normalizer, JsonObject? PreTokenizer, IReadOnlyList<string> Texts);

    /// <summary>A Split by an expression.</summary>
    public static JsonObject Split(string expression, string behavior = "Isolated", bool invert = false) =>
        new() { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = expression }, ["behavior"] = behavior, ["invert"] = invert };

    /// <summary>Every step must be refused here, or do the same. Returns how many do the same.</summary>
    public static async Task<int> CompareAsync(IReadOnlyList<Case> cases)
    {
        (Case Step, string[][] Pieces)[] ours =
        [
            .. cases.SelectMany(step => Run(step) is { } pieces ? [(step, pieces)] : Array.Empty<(Case, string[][])>()),
        ];
        string input = new JsonArray([.. ours.Select(done => Describe(done.Step))]).ToJsonString();
        JsonArray answers = JsonNode.Parse(await NodeOracle.RunAsync("tokenizers/steps.mjs", input))!.AsArray();
        Assert.Equal(ours.Length, answers.Count);
        string[] differences = [.. ours.Zip(answers).SelectMany(pair => Compare(pair.First.Step, pair.First.Pieces, pair.Second!))];
        Assert.True(differences.Length == 0, $"{differences.Length} differences:\n{string.Join('\n', differences.Take(12))}");
        return ours.Length;
    }

    private static IEnumerable<string> Compare(Case step, string[][] ours, JsonNode answer)
    {
        string name = (step.PreTokenizer ?? step.Normalizer)!.ToJsonString();
        if (answer is not JsonArray theirs)
        {
            return [$"{name}: refused: {answer}"];
        }

        return Enumerable.Range(0, ours.Length)
            .Where(i => !ours[i].SequenceEqual(theirs[i]!.AsArray().Select(piece => (string)piece!)))
            .Select(
                i =>
                    $"{name} on {JsonSerializer.Serialize(step.Texts[i])}: expected {theirs[i]!.ToJsonString()}, not "
                    + $"{JsonSerializer.Serialize(ours[i])}");
    }

    /// <summary>The pieces of every text, or null where the step is refused.</summary>
    private static string[][]? Run(Case step)
    {
        try
        {
            Func<string, string> normalize = NormalizerReader.Read("tokenizer.json", Fields(step.Normalizer));
            PreTokenizer split = PreTokenizerReader.Read("tokenizer.json", Fields(step.PreTokenizer));
            return
            [
                .. step.Texts.Select(text => normalize(text)).Select(
                    text => text.Length == 0 && step.PreTokenizer is not null ? [] : split(text, true).ToArray()),
            ];
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static JsonObject Describe(Case step) => new JsonObject
    {
        ["normalizer"] = step.Normalizer?.DeepClone(),
        ["pre_tokenizer"] = step.PreTokenizer?.DeepClone(),
        ["texts"] = new JsonArray([.. step.Texts.Select(text => (JsonNode)text)]),
    };

    private static JsonFields? Fields(JsonObject? step) =>
        step is null ? null : new JsonFields("tokenizer.json", JsonDocument.Parse(step.ToJsonString()).RootElement);
}
