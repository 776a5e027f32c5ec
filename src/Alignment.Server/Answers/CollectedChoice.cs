using System.Text;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;

namespace Alignment.Server.Answers;

/// <summary>One response of a <see cref="CollectedAnswer"/>.</summary>
internal sealed class CollectedChoice
{
    private readonly StringBuilder _text = new();
    private readonly List<GeneratedToken> _tokens = [];
    private List<GeneratedToken>? _prompt;

    public string Text => _text.ToString();

    public IReadOnlyList<GeneratedToken> Tokens => _tokens;

    public FinishReason? FinishReason { get; set; }

    /// <summary>The prompt's tokens, where asked for.</summary>
    public IReadOnlyList<GeneratedToken>? Prompt => _prompt;

    public void Add(PromptEvent item) => (_prompt ??= []).AddRange(item.Tokens);

    public void Add(TextEvent item)
    {
        _text.Append(item.Text);
        _tokens.AddRange(item.Tokens);
    }
}
