using Alignment.Models;
using Alignment.Models.Tokenization;
using Alignment.Templates;
using Alignment.Templates.Limits;

namespace Alignment.Decoding.Preparation;

/// <summary>The tokens with which a model ends an answer, for responses that were cut before they had any.</summary>
internal static class EndOfTurn
{
    // Of what a template writes behind an answer, so much is looked at: hostile ones write megabytes.
    private const int MaxLength = 1024;

    /// <summary>
    /// What the chat template writes behind an answer, up to the first token that ends a response; of a model whose template does not tell,
    /// its end-of-sequence token. Empty where it has none.
    /// </summary>
    public static int[] Of(LanguageModel model)
    {
        int[] written = Written(model);
        int end = Array.FindIndex(written, model.EndTokens.Contains);
        return end >= 0 ? written[..(end + 1)]
            : model.Tokenizer.EosToken is { } text && model.Tokenizer.TokenId(text) is { } id ? [id]
            : [.. model.EndTokens.Order().Take(1)];
    }

    /// <summary>
    /// Whether a token that ends a response ends a turn as the model's template has it, which is where value heads are trained.
    /// </summary>
    public static bool Is(int token, IReadOnlyList<int> closing) => closing is [.., var last] && last == token;

    private static int[] Written(LanguageModel model)
    {
        ChatMessage[] turns = [new("user", "x"), new("assistant", "y")];
        try
        {
            return model.ChatTemplate?.Render(
                turns, addGenerationPrompt: false, PromptEncoder.Variables(model)) is { ClientText: [.., var last] } rendered
                ? model.Tokenizer.Encode(Beginning(rendered.Text[last.End..]), addSpecialTokens: false)
                : [];
        }
        catch (Exception fault) when (fault is ChatTemplateException or TokenizerException)
        {
            // A template that refuses these turns, or writes what the tokenizer cannot cut, is one that does not tell.
            return [];
        }
    }

    private static string Beginning(string text) => text[..Math.Min(text.Length, MaxLength)];
}
