using Alignment.Models;
using Alignment.Models.ChatTemplates;

namespace Alignment.Decoding.Text;

/// <summary>
/// Turns a prompt into tokens. A conversation is encoded as its template renders it; where a content spells a control token, contents are encoded apart from
/// the template around them, so that a client who writes <c>&lt;|system|&gt;</c> gets these characters and not a control token.
/// </summary>
internal sealed class PromptEncoder(LanguageModel model)
{
    /// <summary>A private-use character never occurs in a template; contents are put back at its places.</summary>
    private const char Mark = '\uE000';

    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    /// <exception cref="InvalidRequestException">The model has no chat template.</exception>
    public int[] Encode(Prompt prompt) => prompt switch
    {
        TokenPrompt tokens => [.. tokens.Tokens],
        TextPrompt text => model.Tokenizer.Encode(text.Text),
        ChatPrompt chat => EncodeChat(chat.Turns),
        _ => throw new ArgumentException($"a {prompt.GetType().Name} is not known", nameof(prompt)),
    };

    /// <summary>The same prompt under another text: as the system turn of a conversation, or in front of plain text (Sanchez et al., 2023).</summary>
    public int[] EncodeContrast(Prompt prompt, string text) => prompt switch
    {
        ChatPrompt chat => EncodeChat([new ChatTurn("system", text), .. chat.Turns.Where(turn => turn.Role != "system")]),
        TextPrompt plain => model.Tokenizer.Encode(text + plain.Text),
        _ => [.. model.Tokenizer.Encode(text, parseSpecialTokens: false), .. Encode(prompt)],
    };

    private int[] EncodeChat(IReadOnlyList<ChatTurn> turns)
    {
        if (model.ChatTemplate is null)
        {
            throw new InvalidRequestException([new RequestProblem("messages", $"{model.Name} has no chat template; use /v1/completions")]);
        }

        string[] contents = [.. turns.Select(turn => turn.Content)];
        string[] marks = [.. contents.Select((_, i) => $"{Mark}{i}{Mark}")];
        string rendered = Render(turns, marks);
        int[] whole = model.Tokenizer.Encode(Render(turns, contents), addSpecialTokens: false);
        if (!Array.Exists(contents, SpellsControlToken) && CountControlTokens(whole) == CountControlTokens(model.Tokenizer.Encode(rendered, addSpecialTokens: false)))
        {
            return whole;
        }

        return TrySplit(rendered, marks, out List<int> order)
            ? EncodePieces(rendered, marks, contents, order)
            : throw new InvalidRequestException([new RequestProblem("messages", $"a content spells a control token, and the chat template of {model.Name} cannot keep it apart")]);
    }

    private bool SpellsControlToken(string content) => CountControlTokens(model.Tokenizer.Encode(content, addSpecialTokens: false)) > 0;

    private int CountControlTokens(int[] tokens) => tokens.Count(model.Tokenizer.IsSpecial);

    private string Render(IReadOnlyList<ChatTurn> turns, string[] contents)
    {
        ChatMessage[] messages = [.. turns.Select((turn, i) => new ChatMessage(turn.Role, contents[i]))];
        var variables = new Dictionary<string, object?> { ["bos_token"] = model.Tokenizer.BosToken ?? "", ["eos_token"] = model.Tokenizer.EosToken ?? "" };
        return model.ChatTemplate!.Render(messages, addGenerationPrompt: true, variables);
    }

    /// <summary>False where the template does not put every content in once and in order.</summary>
    private static bool TrySplit(string rendered, string[] marks, out List<int> order)
    {
        order = [.. marks.Select(mark => rendered.IndexOf(mark, StringComparison.Ordinal))];
        List<int> places = order;
        return rendered.Count(c => c == Mark) == 2 * marks.Length && places.TrueForAll(at => at >= 0) && places.SequenceEqual(places.Order());
    }

    private int[] EncodePieces(string rendered, string[] marks, string[] contents, List<int> places)
    {
        List<int> ids = [];
        int from = 0;
        for (int i = 0; i < marks.Length; i++)
        {
            ids.AddRange(model.Tokenizer.Encode(rendered[from..places[i]], addSpecialTokens: false));
            ids.AddRange(model.Tokenizer.Encode(contents[i], addSpecialTokens: false, parseSpecialTokens: false));
            from = places[i] + marks[i].Length;
        }

        ids.AddRange(model.Tokenizer.Encode(rendered[from..], addSpecialTokens: false));
        return [.. ids];
    }
}
