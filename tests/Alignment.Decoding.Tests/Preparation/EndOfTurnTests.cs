using System.Text.Json.Nodes;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Decoding.Tests.Preparation;

/// <summary>What ends a turn, by templates and tokenizers of all sorts: with each of them the model loads and answers.</summary>
public sealed class EndOfTurnTests
{
    [Theory]
    [InlineData("{{ messages[1].content }}b<|end|>\n", new[] { 'b', TinyTokenizer.End })]
    [InlineData("{{ messages[1].content }}<|user|><|end|><|end|>", new[] { TinyTokenizer.User, TinyTokenizer.End })]
    [InlineData("{{ messages[1].content }}no end", new[] { TinyTokenizer.End })]
    [InlineData("{{ messages[1].content }}", new[] { TinyTokenizer.End })]
    [InlineData("no content", new[] { TinyTokenizer.End })]
    [InlineData("{{ raise_exception('not these turns') }}", new[] { TinyTokenizer.End })]
    [InlineData("{{ messages[1].content }}{{ 'a' * 5000000 }}<|end|>", new[] { TinyTokenizer.End })]
    [InlineData("{{ messages[1].content }}{{ 'a' * 500000000 }}", new[] { TinyTokenizer.End })]
    [InlineData("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", new[] { TinyTokenizer.End })]
    public async Task It_is_what_the_template_writes_and_else_the_models_end(string template, int[] expected)
    {
        await using var tiny = new TinyGenerator(change: folder => Write(folder, template));
        Assert.Equal(expected, EndOfTurn.Of(tiny.Model));
        List<GenerationEvent> events = await tiny.RunAsync(new GenerationRequest { Prompt = new TextPrompt("x"), MaxTokens = 2 });
        Assert.IsType<UsageEvent>(events[^1]);
    }

    /// <summary>Each character becomes 65,536.</summary>
    [Fact]
    public async Task A_tokenizer_that_cannot_cut_what_the_template_writes_does_not_tell()
    {
        await using var tiny = new TinyGenerator(change: folder =>
        {
            Write(folder, "{{ messages[1].content }}{{ 'a' * 900 }}<|end|>");
            const string Sixteen = """{"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaaaaaaaaaa"}""";
            TokenizerFile.Change(
                folder, "normalizer", $$"""{"type": "Sequence", "normalizers": [{{Sixteen}}, {{Sixteen}}, {{Sixteen}}, {{Sixteen}}]}""");
        });
        Assert.Equal([TinyTokenizer.End], EndOfTurn.Of(tiny.Model));
    }

    private static void Write(TemporaryFolder folder, string template)
    {
        JsonNode settings = JsonNode.Parse(File.ReadAllText(folder.File("tokenizer_config.json")))!;
        settings["chat_template"] = template;
        File.WriteAllText(folder.File("tokenizer_config.json"), settings.ToJsonString());
    }
}
