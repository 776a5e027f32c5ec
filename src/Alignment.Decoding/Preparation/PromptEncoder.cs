using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Models;
using Alignment.Models.Tokenization;
using Alignment.Templates;
using Alignment.Templates.Limits;

namespace Alignment.Decoding.Preparation;

/// <summary>
/// Turns a prompt into tokens. A conversation is encoded as its template renders it, but only characters that the template wrote make
/// control tokens: a client who writes <c>&lt;|system|&gt;</c> gets these characters. Cancelled, it ends
/// within milliseconds.
/// </summary>
internal sealed class PromptEncoder(LanguageModel model)
{
    /// <param name="prompt">The prompt.</param>
    /// <param name="most">The longest that is of use: of a prompt that is longer, a beginning that is longer too may be returned.</param>
    /// <param name="cancellation">The client left.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    /// <exception cref="TokenizerException">The tokenizer cannot cut the text.</exception>
    /// <exception cref="InvalidRequestException">The model has no chat template.</exception>
    public int[] Encode(Prompt prompt, int most = int.MaxValue, CancellationToken cancellation = default) => prompt switch
    {
        TokenPrompt tokens => [.. tokens.Tokens],
        TextPrompt text => model.Tokenizer.Encode(text.Text, most: most, cancellation: cancellation),
        ChatPrompt chat => EncodeChat(chat, most, cancellation),
        _ => throw new ArgumentException($"a {prompt.GetType().Name} is not known", nameof(prompt)),
    };

    /// <summary>
    /// The same prompt under another text: as the system turn of a conversation, or in front of plain text (Sanchez et al., 2023).
    /// </summary>
    public int[] EncodeContrast(Prompt prompt, string text, CancellationToken cancellation = default) => prompt switch
    {
        ChatPrompt chat => EncodeChat(
            chat with { Turns = [new ChatTurn("system", text), .. chat.Turns.Where(turn => turn.Role != "system")] },
            int.MaxValue,
            cancellation),
        TextPrompt plain => model.Tokenizer.Encode(text + plain.Text, cancellation: cancellation),
        _ =>
        [
            .. model.Tokenizer.Encode(text, parseSpecialTokens: false, cancellation: cancellation),
            .. Encode(prompt, cancellation: cancellation),
        ],
    };

    /// <summary>What a template may read beside the turns.</summary>
    public static Dictionary<string, object?> Variables(LanguageModel model)
        => new() { ["bos_token"] = model.Tokenizer.BosToken ?? "", ["eos_token"] = model.Tokenizer.EosToken ?? "" };

    private int[] EncodeChat(ChatPrompt chat, int most, CancellationToken cancellation)
    {
        if (model.ChatTemplate is null)
        {
            throw new InvalidRequestException([new RequestProblem("messages", $"{model.Name} has no chat template; use /v1/completions")]);
        }

        ChatMessage[] messages = [.. chat.Turns.Select(turn => new ChatMessage(turn.Role, turn.Content))];
        Dictionary<string, object?> variables = Variables(model);
        RenderedPrompt rendered = chat.Ending == ChatEnding.LastContent
            ? Open(messages, turns => model.ChatTemplate.Render(turns, addGenerationPrompt: false, variables, cancellation))
            : model.ChatTemplate.Render(messages, chat.Ending == ChatEnding.NextTurn, variables, cancellation);
        return model.Tokenizer.Encode(rendered.Text, rendered.ClientText, most, cancellation);
    }

    private RenderedPrompt Open(ChatMessage[] messages, Func<ChatMessage[], RenderedPrompt> render)
    {
        RenderedPrompt? open = messages is [.. var before, var last]
            ? OpenEnding.Cut(last.Content, content => render([.. before, last with { Content = content }]))
            : null;
        string problem = $"the last message is blank, or the chat template of {model.Name} does not write it last and as it is";
        return open ?? throw new InvalidRequestException([new RequestProblem("continue_final_message", problem)]);
    }
}
