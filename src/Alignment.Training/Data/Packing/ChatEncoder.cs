using Alignment.Models.Tokenization;

namespace Alignment.Training.Data.Packing;

/// <summary>
/// Turns conversations into tokens of the <see cref="ChatFormat"/>: <c>&lt;|endoftext|&gt;</c>, then
/// <c>&lt;|role|&gt;content&lt;|end|&gt;</c> for each turn; a plain text is <c>&lt;|endoftext|&gt;text</c>. Contents are encoded without
/// special tokens, so data cannot forge control tokens.
/// </summary>
public sealed class ChatEncoder
{
    private readonly Tokenizer _tokenizer;
    private readonly int _begin;
    private readonly int _end;
    private readonly int _user;
    private readonly int _assistant;
    private readonly Lazy<int> _system;

    /// <summary>Looks up the control tokens.</summary>
    /// <exception cref="InvalidDataException">The vocabulary lacks one of them.</exception>
    public ChatEncoder(Tokenizer tokenizer)
    {
        _tokenizer = tokenizer ?? throw new ArgumentNullException(nameof(tokenizer));
        _begin = Control(ChatFormat.Begin);
        _end = Control(ChatFormat.End);
        _user = Control(ChatFormat.User);
        _assistant = Control(ChatFormat.Assistant);
        _system = new Lazy<int>(() => Control(ChatFormat.System)); // many vocabularies never need it
    }

    /// <summary>Appends a whole document.</summary>
    public void Append(IReadOnlyList<Turn> turns, List<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        tokens.Add(_begin);
        foreach (Turn turn in turns)
        {
            if (turn.Role is null)
            {
                AppendContent(turn.Content, tokens);
            }
            else
            {
                tokens.Add(turn.Role == Turn.Assistant ? _assistant : turn.Role == Turn.User ? _user : _system.Value);
                AppendContent(turn.Content, tokens);
                tokens.Add(_end);
            }
        }
    }

    /// <summary>Appends a prompt and the mark after which the assistant answers.</summary>
    public void AppendPrompt(IReadOnlyList<Turn> turns, List<int> tokens)
    {
        Append(turns, tokens);
        tokens.Add(_assistant);
    }

    /// <summary>Appends an answer with its end: what follows <see cref="AppendPrompt"/>.</summary>
    public void AppendResponse(string response, List<int> tokens)
    {
        AppendContent(response, tokens);
        tokens.Add(_end);
    }

    private void AppendContent(string text, List<int> tokens) =>
        tokens.AddRange(_tokenizer.Encode(text, addSpecialTokens: false, parseSpecialTokens: false));

    private int Control(string token) =>
        _tokenizer.TokenId(token)
            ?? throw new InvalidDataException($"tokenizer.json: the vocabulary has no {token}, which the chat format needs.");
}
