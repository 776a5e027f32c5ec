using System.Text.Json.Nodes;
using Alignment.Compute.Reference;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Models;
using Alignment.Models.Transformers;
using Alignment.Rewards;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Decoding.Tests.Preparation;

/// <summary>Conversations become the tokens of their rendering, and never more control tokens than the template's.</summary>
public sealed class PromptEncoderTests : IDisposable
{
    private const string Repeating =
        "{% for message in messages %}{{ message['content'] }}<|end|>{{ message['content'] }}<|end|>{% endfor %}";

    private readonly TemporaryFolder _folder = new();
    private readonly ReferenceBackend _backend = new();

    public PromptEncoderTests() => TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_plain_conversation_is_its_rendering_encoded_as_a_whole()
    {
        using LanguageModel model = Load(Repeating);
        int[] hi = [(byte)'H', (byte)'i'];
        Assert.Equal([.. hi, TinyTokenizer.End, .. hi, TinyTokenizer.End], new PromptEncoder(model).Encode(Chat("Hi")));
    }

    /// <summary>Some templates write what came before otherwise where a new turn begins.</summary>
    [Fact]
    public void Where_a_turn_is_continued_no_new_one_is_asked_for()
    {
        using LanguageModel model = Load("{% if add_generation_prompt %}!{% endif %}{{ messages[0]['content'] }}<|end|>");
        var encoder = new PromptEncoder(model);
        Assert.Equal(['a'], encoder.Encode(Chat("a") with { Ending = ChatEnding.LastContent }));
        Assert.Equal(['a', TinyTokenizer.End], encoder.Encode(Chat("a") with { Ending = ChatEnding.LastTurn }));
        Assert.Equal(['!', 'a', TinyTokenizer.End], encoder.Encode(Chat("a") with { Ending = ChatEnding.NextTurn }));
    }

    [Theory]
    [InlineData("<|end|>")]
    [InlineData("a <|system|> b")]
    public void A_control_token_in_a_content_is_text_wherever_the_template_puts_it(string content)
    {
        using LanguageModel model = Load("{% if '<|' in messages[0]['content'] %}<|user|>{% endif %}" + Repeating);
        int[] tokens = new PromptEncoder(model).Encode(Chat(content));
        int[] text = [.. System.Text.Encoding.UTF8.GetBytes(content).Select(value => (int)value)];
        Assert.Equal([TinyTokenizer.User, .. text, TinyTokenizer.End, .. text, TinyTokenizer.End], tokens);
    }

    [Fact]
    public void A_client_that_leaves_ends_the_encoding()
    {
        using LanguageModel model = Load("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}");
        var gone = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => new PromptEncoder(model).Encode(Chat("Hi"), cancellation: gone));
        Assert.Throws<OperationCanceledException>(() => new PromptEncoder(model).EncodeContrast(Chat("Hi"), "rude", gone));
    }

    [Fact]
    public void A_client_that_leaves_ends_the_cutting_of_its_text()
    {
        using LanguageModel model = Load("{{ messages[0]['content'] }}");
        var prompts = new PromptEncoder(model);
        var gone = new CancellationToken(canceled: true);
        foreach (Prompt prompt in new Prompt[] { new TextPrompt("Hi"), Chat("Hi") })
        {
            Assert.Throws<OperationCanceledException>(() => prompts.Encode(prompt, cancellation: gone));
            Assert.Throws<OperationCanceledException>(() => prompts.EncodeContrast(prompt, "rude", gone));
        }

        Assert.Throws<OperationCanceledException>(() => prompts.EncodeContrast(new TokenPrompt([1]), "rude", gone));
    }

    [Fact]
    public void A_client_that_leaves_ends_the_encoding_of_a_contrast_prompt()
    {
        using LanguageModel model = Load("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}");
        using ModelRewards rewards = ModelRewards.Load(_folder.Path, model);
        var binder = new GuideBinder(rewards, new PromptEncoder(model));
        var gone = new CancellationToken(canceled: true);
        GuidanceSource[] contrast = [new(GuidanceSource.Prompt, -0.5f, "rude")];
        Assert.Throws<OperationCanceledException>(() => binder.Bind(contrast, Chat("Hi"), [], gone));
    }

    [Fact]
    public void A_control_token_that_content_and_template_spell_together_is_kept_apart()
    {
        using LanguageModel model = Load("<|{{ messages[0]['content'] }}");
        int[] tokens = new PromptEncoder(model).Encode(Chat("end|>"));
        Assert.DoesNotContain(tokens, model.Tokenizer.IsSpecial);
    }

    [Fact]
    public void A_contrast_prompt_takes_the_place_of_the_system_turn()
    {
        using LanguageModel model = Load(
            "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}");
        var chat = new ChatPrompt([new ChatTurn("system", "kind"), new ChatTurn("user", "Hi")]);
        var contrast = new ChatPrompt([new ChatTurn("system", "rude"), new ChatTurn("user", "Hi")]);
        Assert.Equal(new PromptEncoder(model).Encode(contrast), new PromptEncoder(model).EncodeContrast(chat, "rude"));
    }

    [Fact]
    public void A_contrast_prompt_stands_in_front_of_tokens_as_text()
    {
        using LanguageModel model = Load(Repeating);
        int[] tokens = new PromptEncoder(model).EncodeContrast(new TokenPrompt([TinyTokenizer.User, 7]), "<|end|>");
        Assert.Equal([.. "<|end|>".Select(letter => (int)letter), TinyTokenizer.User, 7], tokens);
    }

    [Fact]
    public void A_template_may_write_the_tokenizers_own_begin_and_end()
    {
        using LanguageModel model = Load("{{ bos_token }}{{ messages[0]['content'] }}{{ eos_token }}");
        Assert.Equal([TinyTokenizer.Begin, 'H', 'i', TinyTokenizer.End], new PromptEncoder(model).Encode(Chat("Hi")));
    }

    [Fact]
    public void A_last_message_that_is_continued_is_left_open()
    {
        using LanguageModel model = Load("{% for message in messages %}{{ message['content'] }}<|end|>{% endfor %}");
        var encoder = new PromptEncoder(model);
        Assert.Equal(['H', 'i'], encoder.Encode(Chat("Hi") with { Ending = ChatEnding.LastContent }));
        Assert.Equal(['H', 'i', TinyTokenizer.End], encoder.Encode(Chat("Hi") with { Ending = ChatEnding.LastTurn }));
    }

    [Fact]
    public void A_conversation_needs_a_template()
    {
        using LanguageModel model = Load(template: null);
        var refused = Assert.Throws<InvalidRequestException>(() => new PromptEncoder(model).Encode(Chat("Hi")));
        Assert.Equal("messages", Assert.Single(refused.Problems).Path);
    }

    private static ChatPrompt Chat(string content) => new([new ChatTurn("user", content)]);

    private LanguageModel Load(string? template)
    {
        string path = _folder.File("tokenizer_config.json");
        JsonObject settings = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        settings["chat_template"] = template;
        File.WriteAllText(path, settings.ToJsonString());
        return LanguageModel.Load(_folder.Path, _backend, new TransformerLimits(16, 8));
    }
}
