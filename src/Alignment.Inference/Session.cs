using Alignment.Inference.Guides;
using Alignment.Inference.Pages;

namespace Alignment.Inference;

/// <summary>One request's window on the engine. Its program runs on the engine's thread, between two passes, and may wait only for its sequences or post to others and await them.</summary>
public sealed class Session
{
    private readonly SessionOptions _options;
    private readonly List<Sequence> _sequences = [];

    internal Session(Engine engine, SessionOptions options, long order, CancellationToken cancellation)
    {
        (Engine, _options, Order, Cancellation) = (engine, options, order, cancellation);
    }

    /// <summary>Tokens computed for this session so far; what the prefix cache saved costs nothing.</summary>
    public long ForwardTokens { get; internal set; }

    /// <summary>Tokens of prompts that the prefix cache saved.</summary>
    public long ReusedTokens { get; internal set; }

    /// <summary>Set when the client has gone.</summary>
    public CancellationToken Cancellation { get; }

    internal Engine Engine { get; }

    /// <summary>Age: older sessions are served first and lose their pages last.</summary>
    internal long Order { get; }

    internal IReadOnlyList<Sequence> Sequences => _sequences;

    internal bool IsOverBudget => ForwardTokens > _options.MaxForwardTokens;

    /// <summary>A sequence that begins with a prompt.</summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="guides">What shifts its next tokens.</param>
    /// <param name="maxLength">Most tokens it will ever have; null: the whole context. A shorter bound saves memory.</param>
    /// <exception cref="ArgumentException">The prompt, or that of a guide, is empty or longer than the context.</exception>
    public Sequence CreateSequence(ReadOnlySpan<int> prompt, IReadOnlyList<Guide> guides, int? maxLength = null)
    {
        ArgumentNullException.ThrowIfNull(guides);
        int context = Engine.Cache.MaxLength;
        int capacity = Math.Min(context, maxLength ?? context);
        if (prompt.IsEmpty || prompt.Length > context)
        {
            throw new ArgumentException($"A prompt has 1 to {context} tokens.", nameof(prompt));
        }

        List<TokenPath> paths = [new TokenPath(new PrefixKey(_options.CacheSalt, null), prompt, capacity)];
        foreach (Guide guide in guides)
        {
            switch (guide)
            {
                case AdapterGuide adapter:
                    paths.Add(new TokenPath(new PrefixKey(_options.CacheSalt, adapter.Adapter), prompt, capacity));
                    break;
                case PromptGuide contrast:
                    int[] other = [.. contrast.Prompt];
                    paths.Add(new TokenPath(new PrefixKey(_options.CacheSalt, null), other, Math.Min(context, other.Length + capacity - prompt.Length)));
                    break;
            }
        }

        var sequence = new Sequence(this, [.. paths], prompt.Length, guides, candidate: 0);
        Add(sequence);
        return sequence;
    }

    internal void Add(Sequence sequence) => _sequences.Add(sequence);

    internal void Remove(Sequence sequence) => _sequences.Remove(sequence);

    internal void Close()
    {
        while (_sequences.Count > 0)
        {
            _sequences[^1].Dispose();
        }
    }
}
