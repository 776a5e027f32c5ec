using Alignment.Inference.Constraints;
using Alignment.Inference.Guides;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Pages;
using Alignment.Models.Configuration;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Sessions;

/// <summary>
/// One request's window on the engine. Its program runs on the engine's thread, between two passes, and may wait only for its sequences or
/// post to others and await them. Over as soon as its program has ended.
/// </summary>
public sealed class Session
{
    private readonly SessionOptions _options;
    private readonly List<Sequence> _sequences = [];
    private Exception? _end;

    internal Session(SessionHost host, SessionRun run, long order)
    {
        (Host, Run, _options, Order, Cancellation) = (host, run, run.Options, order, run.Cancellation);
        Context = new SessionContext(host.Mailbox, run);
    }

    /// <summary>Tokens computed for this session so far; what the prefix cache saved costs nothing.</summary>
    public long ForwardTokens { get; internal set; }

    /// <summary>
    /// Tokens that may still be computed for it; where there is none left, whoever asks gets a <see cref="BudgetSpentException"/>.
    /// </summary>
    public long RemainingTokens => Math.Max(0, _options.MaxForwardTokens - ForwardTokens);

    /// <summary>Tokens of prompts that the prefix cache saved.</summary>
    public long ReusedTokens { get; internal set; }

    /// <summary>Set when the client has gone.</summary>
    public CancellationToken Cancellation { get; }

    internal SessionHost Host { get; }

    internal SessionRun Run { get; }

    /// <summary>Where its program runs.</summary>
    internal SessionContext Context { get; }

    /// <summary>Age: older sessions are served first and lose their pages last.</summary>
    internal long Order { get; }

    /// <summary>Pages set aside for it, in each lane.</summary>
    internal int MaxPages => _options.MaxPages;

    /// <summary>Whether it has ever needed more: who has not comes first where pages are too few.</summary>
    internal bool TakesMore { get; set; }

    internal IReadOnlyList<Sequence> Sequences => _sequences;

    /// <summary>A sequence that begins with a prompt.</summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="guides">What shifts its next tokens.</param>
    /// <param name="maxLength">Most tokens it will ever have; null: the whole context. A shorter bound saves memory.</param>
    /// <param name="edits">What is added to the hidden states of its own path, in this order; null: nothing.</param>
    /// <param name="constraint">What its response may say, which the sequence then owns; null: anything.</param>
    /// <param name="model">The frozen model whose sequence it is, one of those that the engine was made with; null: the first.</param>
    /// <exception cref="ArgumentException">
    /// The prompt, or that of a guide, is empty, longer than the least context of the models that read it, or has a token that the model
    /// lacks; an edit or a guide is missing or does not fit the model; there are more guides than a pass has outputs for, or the engine
    /// does not drive one; <paramref name="maxLength"/> is not positive.
    /// </exception>
    /// <exception cref="SessionClosedException">The session's program has ended.</exception>
    /// <exception cref="ForeignThreadException">This is not the engine's thread.</exception>
    public Sequence CreateSequence(
        ReadOnlySpan<int> prompt,
        IReadOnlyList<Guide> guides,
        int? maxLength = null,
        IReadOnlyList<HiddenEdit>? edits = null,
        IConstraint? constraint = null,
        Transformer? model = null)
    {
        RequireOpen();
        Arguments.CheckPresent(guides);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength ?? 1, nameof(maxLength));
        Lane lane = Host.LaneOf(model);
        CheckGuides(guides, lane);
        CheckEdits(edits ?? [], lane.Model.Config);
        int context = guides.OfType<ModelGuide>().Select(guide => Host.LaneOf(guide.Model).MaxLength).Append(lane.MaxLength).Min();
        CheckPrompt(prompt, lane.Model, context);
        int capacity = Math.Min(context, maxLength ?? context);
        List<TokenPath> paths = [new TokenPath(new PrefixKey(_options.CacheSalt, null, EditSet.Of(edits), lane.Index), prompt, capacity)];
        foreach (Guide guide in guides)
        {
            if (PathOf(guide, lane, prompt, capacity) is { } path)
            {
                paths.Add(path);
            }
        }

        CheckOutputs(paths);
        var counting = new CountingConstraint(Guarded(constraint, lane), prompt.Length);
        var sequence = new Sequence(this, [.. paths], prompt.Length, guides, counting, default);
        Add(sequence);
        return sequence;
    }

    internal void Add(Sequence sequence) => _sequences.Add(sequence);

    internal void Remove(Sequence sequence) => _sequences.Remove(sequence);

    /// <summary>Whoever touches the session or its sequences must be its program, while it runs.</summary>
    internal void RequireOpen()
    {
        RequireThread();
        if (_end is not null)
        {
            throw _end;
        }
    }

    internal void RequireThread()
    {
        if (Environment.CurrentManagedThreadId != Host.ThreadId)
        {
            throw new ForeignThreadException();
        }
    }

    private static GuardedConstraint? Guarded(IConstraint? constraint, Lane lane)
        => constraint is null ? null : new GuardedConstraint(constraint, lane.Model.Config.VocabularySize);

    private static void CheckPrompt(ReadOnlySpan<int> prompt, Transformer model, int context)
    {
        if (prompt.Length < 1 || prompt.Length > context)
        {
            throw new ArgumentException($"A prompt has 1 to {context} tokens, and this one {prompt.Length}.", nameof(prompt));
        }

        Arguments.CheckTokens(prompt, model, nameof(prompt));
    }

    /// <summary>Heads and adapters were made for the model that is served.</summary>
    private static void CheckGuides(IReadOnlyList<Guide> guides, Lane lane)
    {
        if (lane.Index > 0 && guides.FirstOrDefault(guide => guide is HeadGuide or AdapterGuide) is { } foreign)
        {
            throw new ArgumentException($"The guide '{foreign.Name}' belongs to the engine's first model.", nameof(guides));
        }
    }

    /// <summary>A token needs an output of every path from one pass, each from a row of its own.</summary>
    private void CheckOutputs(List<TokenPath> paths)
    {
        foreach (IGrouping<int, TokenPath> lane in paths.GroupBy(path => path.Lane))
        {
            TransformerLimits limits = Host.LaneOf(lane.First()).Model.Limits;
            int most = Math.Min(limits.MaxOutputs, limits.MaxRows);
            if (lane.Count() > most)
            {
                throw new ArgumentException(
                    $"A token needs {lane.Count()} outputs of one pass, for the sequence and its guides, and a pass has {most} "
                    + $"({limits.MaxOutputs} outputs, {limits.MaxRows} rows).");
            }
        }
    }

    private static void CheckEdits(IReadOnlyList<HiddenEdit> edits, ModelConfig config)
    {
        foreach (HiddenEdit edit in edits)
        {
            bool fits = (uint)edit.Place.Layer < (uint)config.Layers && Enum.IsDefined(edit.Place.Site)
                && edit.Vectors is not null && (uint)edit.Vector < (uint)edit.Vectors.Rows
                && edit.Vectors.Columns == config.HiddenSize && float.IsFinite(edit.Strength) && edit.FirstPosition >= 0;
            if (!fits)
            {
                throw new ArgumentException($"{edit} does not fit a model of {config.Layers} layers.", nameof(edits));
            }
        }
    }

    /// <summary>The shadow path of a guide that is a forward pass of its own; null: it is none.</summary>
    private TokenPath? PathOf(Guide guide, Lane lane, ReadOnlySpan<int> prompt, int capacity)
    {
        switch (guide)
        {
            case AdapterGuide adapter:
                return new TokenPath(new PrefixKey(_options.CacheSalt, adapter.Adapter, null, lane.Index), prompt, capacity);
            case ModelGuide other:
                return new TokenPath(new PrefixKey(_options.CacheSalt, null, null, Host.LaneOf(other.Model).Index), prompt, capacity);
            case PromptGuide contrast:
                int[] tokens = [.. contrast.Prompt];
                CheckPrompt(tokens, lane.Model, lane.MaxLength);
                int room = Math.Min(lane.MaxLength, tokens.Length + capacity - prompt.Length);
                return new TokenPath(new PrefixKey(_options.CacheSalt, null, null, lane.Index), tokens, room);
            default:
                return null;
        }
    }

    /// <summary>Refuses everything from now on, ends what still waits, and gives all pages back.</summary>
    /// <param name="reason">What those get who wait, or ask later.</param>
    internal void Close(Exception reason)
    {
        _end ??= reason;
        while (_sequences.Count > 0)
        {
            Sequence sequence = _sequences[^1];
            if (sequence.Ask is { } ask)
            {
                Host.Waiting.Remove(ask);
                Context.Resume(ask, reason);
            }

            sequence.Dispose();
        }
    }
}
