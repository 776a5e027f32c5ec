using System.Text.Json;
using Alignment.Models.Files;

namespace Alignment.Models.Tokenization;

/// <summary>What tokenizer_config.json says beside tokenizer.json, and the chat template wherever it is.</summary>
/// <param name="BosToken">Begins a text.</param>
/// <param name="EosToken">Ends a text.</param>
/// <param name="AddBosToken">Overrules whether tokenizer.json puts the first before a text, where it is given.</param>
/// <param name="AddEosToken">Overrules whether tokenizer.json puts the second after a text, where it is given.</param>
/// <param name="ChatTemplate">Source of the template.</param>
internal sealed record TokenizerSettings(string? BosToken, string? EosToken, bool? AddBosToken, bool? AddEosToken, string? ChatTemplate)
{
    private const int MaxTemplate = 1 << 20;

    public static TokenizerSettings Read(string folder)
    {
        string path = Path.Combine(folder, "tokenizer_config.json");
        string? file = ReadTemplateFile(Path.Combine(folder, "chat_template.jinja"));
        if (!File.Exists(path))
        {
            return new TokenizerSettings(null, null, null, null, file);
        }

        var fields = new JsonFields(path, JsonFile.ReadObject(path));
        return new TokenizerSettings(
            ReadToken(fields, "bos_token"),
            ReadToken(fields, "eos_token"),
            ReadFlag(fields, "add_bos_token"),
            ReadFlag(fields, "add_eos_token"),
            file
                ?? ReadTemplate(fields));
    }

    private static string? ReadTemplateFile(string path) => File.Exists(path) ? RegularFile.ReadText(path, MaxTemplate) : null;

    /// <summary>A string, or an object with its <c>content</c>.</summary>
    private static string? ReadToken(JsonFields fields, string name) =>
        fields.Raw(name) is { ValueKind: JsonValueKind.Object } ? fields.Object(name)!.Text("content") : fields.Text(name);

    private static bool? ReadFlag(JsonFields fields, string name) => fields.Has(name) ? fields.Flag(name, false) : null;

    /// <summary>A string, or a list of named templates of which <c>default</c> counts.</summary>
    private static string? ReadTemplate(JsonFields fields) => fields.Raw("chat_template") is { ValueKind: JsonValueKind.Array }
        ? fields.Objects("chat_template").FirstOrDefault(template => template.Text("name") == "default")?.Text("template")
        : fields.Text("chat_template");
}
