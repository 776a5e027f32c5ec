using System.Text.Json;
using Alignment.Templates.Limits;
using Alignment.Tests;

namespace Alignment.Templates.Tests;

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

    private static readonly FixedTime s_time = new();
    private static readonly Dictionary<string, object?> s_tokens = new() { ["bos_token"] = "<s>", ["eos_token"] = "</s>" };

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
            string rendered =
                ChatTemplate.Parse(known.GetProperty("template").GetString()!).Render(messages, addGenerationPrompt: true, variables).Text;
            Assert.Equal(known.GetProperty("expected_jinja").GetString(), Without(first, last, rendered));
        }
    }

    /// <summary>
    /// Every template renders as Python's Jinja2 renders it, or is refused where that refuses it. The known differences are ours on
    /// purpose: templates that append to lists or set attributes of messages, which the sandbox forbids, are rendered, as llama.cpp does;
    /// what filters make is a list at once, not a generator; and there is no markup, so <c>safe</c> does not make <c>+</c> escape its
    /// neighbours.
    /// </summary>
    [Jinja2Fact(Templates, Cases)]
    public async Task Whatever_Jinja2_renders_is_rendered_alike()
    {
        string[] mutating =
        [
            "'append' of 'list' object is unsafe", "cannot assign attribute on non-namespace object", "Object of type generator",
        ];
        List<Dictionary<string, object?>> cases = PublishedCases().ToList();
        JsonElement answers = Parse(
            await OracleProcess.RunAsync(Jinja2FactAttribute.Python, "jinja2/render.py", JsonSerializer.Serialize(cases)));
        int compared = 0;
        foreach ((Dictionary<string, object?> given, JsonElement answer) in cases.Zip(answers.EnumerateArray()))
        {
            string? rendered = Render(given);
            bool isText = answer.TryGetProperty("text", out JsonElement text);
            string? expected = isText ? text.GetString() : null;
            bool known = isText
                ? expected!.Contains("&lt;b&gt;", StringComparison.Ordinal)
                : Array.Exists(mutating, answer.GetProperty("error").GetString()!.Contains);
            Assert.True(known || rendered == expected, $"{given["name"]}: {answer}, but here {rendered}");
            compared += known ? 0 : 1;
        }

        Assert.True(compared > 1050, $"only {compared} cases were compared");
    }

    [SharedDataFact(Templates, Cases)]
    public void Every_template_renders_a_plain_conversation()
    {
        // This one wants a list of functions, which only its own client sends.
        const string Functions = "fireworks-ai-llama-3-firefunction-v2.jinja";
        foreach (Dictionary<string, object?> given
            in PublishedCases().Where(given => (string)given["name"]! != Functions).DistinctBy(given => given["name"]))
        {
            ChatMessage[] messages = [new("user", "Hi"), new("assistant", "Hello"), new("user", "How are you?")];
            RenderedPrompt rendered = ChatTemplate.Parse((string)given["template"]!, s_time).Render(
                messages, addGenerationPrompt: true, s_tokens);
            Assert.Contains(rendered.ClientText, range => rendered.Text[range].Contains("How are you?", StringComparison.Ordinal));
        }
    }

    /// <summary>Long conversations are what templates are for: none is refused for its length, and the work stays near linear.</summary>
    [SharedDataFact(Templates, Cases)]
    public void No_template_is_refused_for_a_long_conversation()
    {
        foreach (int count in (int[])[399, 2047])
        {
            ChatMessage[] messages = [.. Enumerable.Range(0, count).Select(i => i % 2 == 0
                ? new ChatMessage("user", string.Concat(Enumerable.Repeat("What is it? ", 25)))
                : new ChatMessage("assistant", "<think>\nhm\n</think>\n\n" + string.Concat(Enumerable.Repeat("It is this. ", 25))))];
            foreach (Dictionary<string, object?> given in PublishedCases().DistinctBy(given => given["name"]))
            {
                Exception? fault = Record.Exception(
                    () => ChatTemplate.Parse((string)given["template"]!, s_time).Render(messages, addGenerationPrompt: true, s_tokens));
                Assert.False(
                    fault is not null && fault.Message.Contains("too much", StringComparison.Ordinal),
                    $"{given["name"]}, {count} messages: {fault?.Message}");
            }
        }
    }

    /// <summary>
    /// Hugging Face's interpreter for JavaScript agrees too, but for its own: it adds a mapping to a string as "[object Map]", takes the
    /// first argument of
    /// <c>tojson</c> for the indentation and has its own clock.
    /// </summary>
    [NodeFact("jinja", Templates, Cases)]
    public async Task Whatever_the_JavaScript_interpreter_renders_is_rendered_alike()
    {
        List<Dictionary<string, object?>> cases = PublishedCases().ToList();
        JsonElement answers = Parse(await NodeOracle.RunAsync("jinja/render.mjs", JsonSerializer.Serialize(cases)));
        int compared = 0;
        foreach ((Dictionary<string, object?> given, JsonElement answer) in cases.Zip(answers.EnumerateArray()))
        {
            bool hasClock = ((string)given["template"]!).Contains("strftime_now", StringComparison.Ordinal);
            if (!hasClock
                && answer.TryGetProperty("text", out JsonElement text)
                && !text.GetString()!.Contains("[object", StringComparison.Ordinal))
            {
                Assert.Equal(text.GetString(), Render(given));
                compared++;
            }
        }

        Assert.True(compared > 700, $"only {compared} cases were compared");
    }

    /// <summary>Null where the template is refused.</summary>
    private static string? Render(Dictionary<string, object?> given)
    {
        try
        {
            return ChatTemplate.Parse((string)given["template"]!, s_time).Render((Dictionary<string, object?>)given["variables"]!).Text;
        }
        catch (ChatTemplateException)
        {
            return null;
        }
    }

    /// <summary>The file's renderings leave out a first and a last token, which llama.cpp leaves to the tokenizer.</summary>
    private static string Without(string first, string last, string text)
    {
        text = text.StartsWith(first, StringComparison.Ordinal) ? text[first.Length..] : text;
        return last.Length > 0 && text.EndsWith(last, StringComparison.Ordinal) ? text[..^last.Length] : text;
    }

    private static IEnumerable<Dictionary<string, object?>> PublishedCases()
    {
        IEnumerable<(string Name, string Source)> files = Directory.GetFiles(Path.Combine(RepositoryPaths.SharedData, Templates)).Order(
            StringComparer.Ordinal)
            .Select(file => (Path.GetFileName(file), File.ReadAllText(file)));
        IEnumerable<(string Name, string Source)> known = Parse(Shared(Cases)).GetProperty("cases").EnumerateArray()
            .Select(entry => (entry.GetProperty("name").GetString()!, entry.GetProperty("template").GetString()!));
        return
            from template in files.Concat(known)
            from messages in Parse(Conversations).EnumerateArray()
            from generation in (bool[])[true, false]
            from tools in (bool[])[true, false]
            select new Dictionary<string, object?>
            {
                ["name"] = template.Name,
                ["template"] = template.Source,
                ["variables"] = Variables(messages, generation, tools),
            };
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
