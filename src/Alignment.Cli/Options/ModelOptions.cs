using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Alignment.Models.Files;

namespace Alignment.Cli.Options;

/// <summary>Options of the commands that use a model folder.</summary>
internal static class ModelOptions
{
    public static Option<DirectoryInfo> Model() => new("--model")
    {
        Description = "Model folder in Hugging Face layout, or a repository of its cache.",
        Required = true,
        CustomParser = ParseFolder,
    };

    /// <summary>A JSON array of token ids.</summary>
    public static Option<int[]?> Ids(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "JSON",
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result => result.Tokens is [var token] ? ParseIds(name, token.Value, result) : null,
    };

    /// <summary>Present or not; a value behind it is a mistake.</summary>
    public static Option<bool> Flag(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>A command needs one of two options.</summary>
    public static Action<CommandResult> ExactlyOne(Option first, Option second) => result =>
    {
        if (result.GetResult(first) is null == result.GetResult(second) is null)
        {
            result.AddError($"give either {first.Name} or {second.Name}");
        }
    };

    /// <summary>Every token must exist in the vocabulary.</summary>
    /// <exception cref="UserMistakeException">One does not.</exception>
    public static int[] CheckIds(int[] ids, int vocabularySize)
    {
        int wrong = Array.FindIndex(ids, id => id < 0 || id >= vocabularySize);
        return wrong < 0
            ? ids
            : throw new UserMistakeException($"token {ids[wrong]} at index {wrong} is not in the vocabulary of {vocabularySize}");
    }

    private static DirectoryInfo? ParseFolder(ArgumentResult result)
    {
        try
        {
            return PathOption.Parse("--model", "folder", result, Directory.Exists) is { } path
                ? new DirectoryInfo(HubCache.Resolve(path))
                : null;
        }
        catch (InvalidDataException fault)
        {
            result.AddError(fault.Message);
            return null;
        }
    }

    private static int[]? ParseIds(string name, string json, ArgumentResult result)
    {
        try
        {
            return JsonSerializer.Deserialize<int[]>(json) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            result.AddError($"{name} must be a JSON array of token ids{NumberOption.Not(json)}");
            return null;
        }
    }
}
