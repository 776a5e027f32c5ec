using System.Text.Json;
using Alignment.Models.ChatTemplates;
using Alignment.Tests;

namespace Alignment.Models.Tests.ChatTemplates;

/// <summary>The templates that models are published with, against known renderings and against Hugging Face's own interpreter.</summary>
public sealed class PublishedTemplatesTests
{
    private const string Cases = "tokenizers/chat_template_cases.json";
    private const string Templates = "tokenizers/templates";

    private const string Conversations = """
        [
          [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "Hi ünï 😀"}, {"role": "assistant", "content": "Hello "}, {"role": "user", "content": "c"}],
          [{"role": "user", "content": "a"}, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nb"}, {"role": "user", "content": "<|im_end|>"}],
          [{"role": "user", "content": "weather?"},
           {"role": "assistant", "content": "", "tool_calls": [{"id": "abcdefghi", "type": "function", "function": {"name": "get_weather", "arguments": {"city": "Köln", "days": 2}}}]},
           {"role": "tool", "tool_call_id": "abcdefghi", "name": "get_weather", "content": "{\"t\": 3}"}, {"role": "assistant", "content": "3 degrees"}, {"role": "user", "content": "thanks"}],
          [{"role": "assistant", "content": "starts wrong"}]
        ]
        """;

    private const string Tools = """
        [{"type": "function", "function": {"name": "get_weather", "description": "Gets <b> weather & \"more\"", "parameters":
          {"type": "object", "properties": {"city": {"type": "string", "description": "Köln?"}, "days": {"type": "integer", "enum": [1, 2]}}, "required": ["city"]}}}]
        """;

    [SharedDataFact(Cases)]
    public void Known_renderings_are_met_exactly()
    {
        JsonElement file = Parse(Shared(Cases));
        ChatMessage[] messages = file.GetProperty("conversation").EnumerateArray()
            .Select(turn => new ChatMessage(turn.GetProperty("role").GetString()!, turn.GetProperty("content").GetString()!)).ToArray();
        foreach (JsonElement known in file.GetProperty("cases").EnumerateArray())
        {
            string first = known.GetProperty("bos_token").GetString()!;
            string last = known.GetProperty("eos_token").GetString()!;
            var variables = new Dictionary<string, object?> { ["bos_token"] = first, ["eos_token"] = last };
            string rendered = ChatTemplate.Parse(known.GetProperty("template").GetString()!).Render(messages, addGenerationPrompt: true, variables);
            Assert.Equal(known.GetProperty("expected_jinja").GetString(), Without(first, last, rendered));
        }
    }

    [NodeFact("jinja", Templates, Cases)]
    public async Task Whatever_the_reference_interpreter_renders_is_rendered_alike()
    {
        List<Dictionary<string, object?>> cases = PublishedCases().ToList();
        JsonElement answers = Parse(await NodeOracle.RunAsync("jinja/render.mjs", JsonSerializer.Serialize(cases)));
        int compared = 0;
        foreach ((Dictionary<string, object?> given, JsonElement answer) in cases.Zip(answers.EnumerateArray()))
        {
            // The reference adds a mapping to a string as "[object Map]", where Python and we refuse.
            if (answer.TryGetProperty("text", out JsonElement text) && !text.GetString()!.Contains("[object", StringComparison.Ordinal))
            {
                var variables = (Dictionary<string, object?>)given["variables"]!;
                Assert.Equal(text.GetString(), ChatTemplate.Parse((string)given["template"]!).Render(variables));
                compared++;
            }
        }

        Assert.True(compared > 700, $"only {compared} cases were compared");
    }

    /// <summary>The file's renderings leave out a first and a last token, which llama.cpp leaves to the tokenizer.</summary>
    private static string Without(string first, string last, string text)
    {
        text = text.StartsWith(first, StringComparison.Ordinal) ? text[first.Length..] : text;
        return last.Length > 0 && text.EndsWith(last, StringComparison.Ordinal) ? text[..^last.Length] : text;
    }

    private static IEnumerable<Dictionary<string, object?>> PublishedCases()
    {
        IEnumerable<string> templates = Directory.GetFiles(Path.Combine(RepositoryPaths.SharedData, Templates)).Select(File.ReadAllText);
        templates = templates.Concat(Parse(Shared(Cases)).GetProperty("cases").EnumerateArray().Select(known => known.GetProperty("template").GetString()!));
        return
            from template in templates
            from messages in Parse(Conversations).EnumerateArray()
            from generation in (bool[])[true, false]
            from tools in (bool[])[true, false]
            select new Dictionary<string, object?> { ["template"] = template, ["variables"] = Variables(messages, generation, tools) };
    }

    private static Dictionary<string, object?> Variables(JsonElement messages, bool generation, bool tools)
    {
        var variables = new Dictionary<string, object?>
        {
            ["messages"] = messages,
            ["add_generation_prompt"] = generation,
            ["bos_token"] = "<s>",
            ["eos_token"] = "</s>",
        };
        if (tools)
        {
            variables["tools"] = Parse(Tools);
        }

        return variables;
    }

    private static string Shared(string file) => File.ReadAllText(Path.Combine(RepositoryPaths.SharedData, file));

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
