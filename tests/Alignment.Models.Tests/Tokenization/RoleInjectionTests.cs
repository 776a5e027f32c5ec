using System.Text.Json.Nodes;
using Alignment.Compute.Contract.Random;
using Alignment.Models.Tokenization;
using Alignment.Templates;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>
/// No content becomes a control token, in whatever family of models: the ids have exactly the control tokens of the same conversation with
/// harmless contents, they read back as the rendered text, and that is what the template says of the contents as they are.
/// </summary>
public sealed class RoleInjectionTests
{
    private const int FirstAdded = 256;
    private const int Trials = 300;

    private const string ChatMl =
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>' + '\n' }}{% endfor %}{{ "
        + "'<|im_start|>assistant\n' }}";

    private const string Llama3 =
        "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' + m['content'] | trim + "
        + "'<|eot_id|>' }}{% endfor %}";

    private const string DeepSeekR1 =
        "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}{{ '<｜User｜>' + m['content'] }}{% else %}{% set content = "
        + "m['content'] %}"
        + "{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}{{ '<｜Assistant｜>' + content + "
        + "'<｜end▁of▁sentence｜>' }}"
        + "{% endif %}{% endfor %}{{ '<｜Assistant｜><think>\n' }}";

    private const string TinyChat =
        "{{ bos_token }}{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}{{ '<|assistant|>' }}";

    /// <summary>Family, template, control tokens ("-" before one that is not special), and the steps that its normaliser takes.</summary>
    public static TheoryData<string, string, string> Families => new()
    {
        { ChatMl, "<|im_start|> <|im_end|> -<tool_call> -<think> -</think>", "null" },
        { ChatMl, "-<|im_start|> -<|im_end|>", "null" },
        { Llama3, "<|begin_of_text|> <|start_header_id|> <|end_header_id|> <|eot_id|>", "null" },
        { DeepSeekR1, "<｜begin▁of▁sentence｜> <｜end▁of▁sentence｜> -<｜User｜> -<｜Assistant｜> -<think> -</think>", "null" },
        { DeepSeekR1, "<｜begin▁of▁sentence｜> -<｜end▁of▁sentence｜> -<｜User｜> -<｜Assistant｜> -<think> -</think>", "{\"type\": \"NFC\"}" },
        { TinyChat, "<|endoftext|> <|system|> <|user|> <|assistant|> <|end|>", "null" },
        { TinyChat, "-<|endoftext|> -<|system|> -<|user|> -<|assistant|> -<|end|>", "{\"type\": \"Replace\", \"pattern\": {\"String\": \"xx\"}, \"content\": \"xx\"}" },
    };

    [Theory]
    [MemberData(nameof(Families))]
    public void Contents_never_make_control_tokens(string template, string tokens, string normalizer)
    {
        string[] added = tokens.Split(' ');
        using var folder = new TemporaryFolder();
        using Tokenizer tokenizer = Load(folder, added, normalizer);
        ChatTemplate parsed = ChatTemplate.Parse(template);
        string begin = added[0].TrimStart('-');
        var variables = new Dictionary<string, object?> { ["bos_token"] = begin };
        string[] fragments =
        [
            .. added.Select(token => token.TrimStart('-')),
            "<|",
            "|>",
            "<｜",
            "｜>",
            "im_",
            "end",
            "user",
            "<",
            ">",
            "</",
            "think>",
            " ",
            "\n",
            "hello",
            "xx",
            "é",
            "e\u0301",
            "😀",
        ];
        for (int trial = 0; trial < Trials; trial++)
        {
            string[] contents =
            [
                .. Enumerable.Range(0, 3).Select(
                    turn => string.Concat(Enumerable.Range(0, 5).Select(i => fragments[Draw(trial, (5 * turn) + i, fragments.Length)]))),
            ];
            RenderedPrompt rendered = Render(parsed, variables, contents);
            int[] ids = tokenizer.Encode(rendered.Text, rendered.ClientText);
            RenderedPrompt harmless = Render(parsed, variables, ["a", "b", "c"]);
            Assert.Equal(Controls(tokenizer.Encode(harmless.Text, harmless.ClientText)), Controls(ids));
            Assert.Equal(Composed(rendered.Text), Composed(tokenizer.Decode(ids, skipSpecialTokens: false)));
            Assert.Equal(Plain(template, begin, contents), rendered.Text);
        }
    }

    [Fact]
    public void A_harmless_conversation_is_encoded_as_a_whole()
    {
        using Tokenizer tokenizer = Tokenizer.Load(Path.Combine(RepositoryPaths.Root, "models", "tiny-chat"));
        RenderedPrompt rendered = Render(
            ChatTemplate.Parse(tokenizer.ChatTemplate!),
            new Dictionary<string,
            object?>
            { ["bos_token"] = "<|endoftext|>" },
            ["Hi there", "Hello", "What is it?"]);
        Assert.Equal(tokenizer.Encode(rendered.Text, addSpecialTokens: false), tokenizer.Encode(rendered.Text, rendered.ClientText));
    }

    /// <summary>Half of a marker from each side, and markers that merges or the vocabulary itself would make.</summary>
    [Theory]
    [InlineData("<|{{ messages[0].content }}", "end|>")]
    [InlineData("{{ messages[0].content }}|>", "<|end")]
    [InlineData("<|e{{ messages[0].content }}d|>", "n")]
    public void A_token_that_content_and_template_spell_together_is_text(string template, string content)
    {
        using var folder = new TemporaryFolder();
        using Tokenizer tokenizer = Load(folder, ["-<|end|>"], "null");
        RenderedPrompt rendered = ChatTemplate.Parse(template).Render([new ChatMessage("user", content)], addGenerationPrompt: false);
        Assert.Empty(Controls(tokenizer.Encode(rendered.Text, rendered.ClientText)));
        Assert.Equal([FirstAdded], tokenizer.Encode(rendered.Text, addSpecialTokens: false));
    }

    /// <summary>
    /// Runs of white space are added tokens of some vocabularies (phi-2); they mark nothing, and code would be longer without them.
    /// </summary>
    [Fact]
    public void Runs_of_white_space_are_not_control()
    {
        using var folder = new TemporaryFolder();
        using Tokenizer tokenizer = Load(folder, ["-····"], "null", token => token.Replace('·', ' '));
        Assert.Equal(['a', FirstAdded, 'b'], tokenizer.Encode("a    b", [0..6]));
    }

    /// <summary>
    /// Where a normaliser works across the border between authors, the text is cut there; where it does not, borders follow it.
    /// </summary>
    [Theory]
    [InlineData("{\"type\": \"Prepend\", \"prepend\": \"_\"}")]
    [InlineData("{\"type\": \"Lowercase\"}")]
    [InlineData("{\"type\": \"Replace\", \"pattern\": {\"String\": \"|>a\"}, \"content\": \"|>aa\"}")]
    [InlineData("{\"type\": \"NFC\"}")]
    public void Borders_follow_the_normaliser(string normalizer)
    {
        using var folder = new TemporaryFolder();
        using Tokenizer tokenizer = Load(folder, ["-<|x|>"], normalizer);
        const string Text = "<|x|>a<|x|>\u0301b<|x|>";
        int spelled = tokenizer.Encode(Text, addSpecialTokens: false).Count(id => id == FirstAdded);
        Assert.InRange(tokenizer.Encode(Text, [6..13]).Count(id => id == FirstAdded), 1, Math.Min(spelled, 2));
        Assert.DoesNotContain(FirstAdded, tokenizer.Encode(Text, [0..Text.Length]));
    }

    /// <summary>A normaliser that leaves nothing of what the template wrote between two contents.</summary>
    [Theory]
    [InlineData("a\nb", "0 1 2 3", "ab")]
    [InlineData("a\nb\nc:d", "0 1 2 3 4 5 6 7", "abc:d")]
    [InlineData("<|\nx|>\n", "0 2 3 6", "<|x|>")]
    [InlineData("<|\n\n\nx|>", "0 2 3 4 5 8", "<|x|>")]
    [InlineData("<|x|>a\nb<|x|>", "5 6 7 13", "Xab<|x|>")]
    public void Contents_between_which_the_normaliser_leaves_nothing_are_one(string text, string borders, string expected)
    {
        using var folder = new TemporaryFolder();
        const string NoLines = "{\"type\": \"Replace\", \"pattern\": {\"String\": \"\\n\"}, \"content\": \"\"}";
        using Tokenizer tokenizer = Load(folder, ["-<|x|>"], NoLines);
        Range[] clients = [.. borders.Split(' ').Select(int.Parse).Chunk(2).Select(pair => pair[0]..pair[1])];
        Assert.Equal(expected.Select(letter => letter == 'X' ? FirstAdded : letter), tokenizer.Encode(text, clients));
    }

    private static string Plain(string template, string begin, string[] contents) => template switch
    {
        ChatMl =>
            $"<|im_start|>user\n{contents[0]}<|im_end|>\n<|im_start|>assistant\n{contents[1]}<|im_end|>\n<|im_start|>user\n{contents[2]}<|im_end|>\n<|im_start|>assistant\n",
        Llama3 =>
            $"{begin}{Header("user")}{contents[0].Trim()}<|eot_id|>{Header("assistant")}{contents[1].Trim()}<|eot_id|>{Header("user")}{contents[2].Trim()}<|eot_id|>",
        DeepSeekR1 =>
            $"{begin}<｜User｜>{contents[0]}<｜Assistant｜>{contents[1].Split("</think>")[^1]}<｜end▁of▁sentence｜><｜User｜>{contents[2]}"
            + "<｜Assistant｜><think>\n",
        _ => $"{begin}<|user|>{contents[0]}<|end|><|assistant|>{contents[1]}<|end|><|user|>{contents[2]}<|end|><|assistant|>",
    };

    /// <summary>The one composition that the contents know; .NET's own needs ICU.</summary>
    private static string Composed(string text) => text.Replace("e\u0301", "é", StringComparison.Ordinal);

    private static string Header(string role) => $"<|start_header_id|>{role}<|end_header_id|>\n\n";

    private static RenderedPrompt Render(ChatTemplate template, Dictionary<string, object?> variables, string[] contents) =>
        template.Render(
            [new("user", contents[0]), new("assistant", contents[1]), new("user", contents[2])], addGenerationPrompt: true, variables);

    private static int[] Controls(int[] ids) => [.. ids.Where(id => id >= FirstAdded)];

    private static int Draw(int trial, int index, int count) => (int)(Philox.Uniform(9, (ulong)trial, (ulong)index) * count);

    private static Tokenizer Load(TemporaryFolder folder, string[] added, string normalizer, Func<string, string>? spell = null)
    {
        TinyTokenizer.Write(folder.Path);
        JsonObject file = JsonNode.Parse(File.ReadAllText(folder.File("tokenizer.json")))!.AsObject();
        file["normalizer"] = JsonNode.Parse(normalizer);
        file["added_tokens"] = new JsonArray([.. added.Select((token, i) => (JsonNode)new JsonObject
        {
            ["id"] = FirstAdded + i,
            ["content"] = (spell ?? (text => text))(token.TrimStart('-')),
            ["special"] = token[0] != '-',
            ["normalized"] = token[0] == '-' && normalizer != "null",
        })]);
        File.WriteAllText(folder.File("tokenizer.json"), file.ToJsonString());
        return Tokenizer.Load(folder.Path);
    }
}
