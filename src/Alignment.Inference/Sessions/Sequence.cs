using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Constraints;
using Alignment.Inference.Guides;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Pages;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Sessions;

/// <summary>
/// A forkable sequence of tokens: a path of the frozen model, and a shadow path for every guide that reads the tokens with an adapter, with
/// another model or after another prompt. Belongs to one session and is touched only by its program; dispose it when it is no longer
/// needed.
/// </summary>
public sealed class Sequence : IDisposable
{
    private readonly Session _session;
    private readonly NextAsk _next;
    private VerifyAsk? _verify;
    private HiddenAsk? _hidden;
    private float[]? _lastHidden;

    internal Sequence(
        Session session, TokenPath[] paths, int promptLength, IReadOnlyList<Guide> guides, CountingConstraint constraint, StreamId stream)
    {
        (_session, Paths, PromptLength, Guides, Constraint, Stream) = (session, paths, promptLength, guides, constraint, stream);
        _next = new NextAsk(this);
    }

    /// <summary>Tokens of the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>Known tokens, prompt and response.</summary>
    public int Length => Paths[0].Length;

    /// <summary>Prompt and response; valid until the sequence changes.</summary>
    public ReadOnlySpan<int> Tokens => Paths[0].Tokens;

    /// <summary>Which of a request's parallel candidates: its random numbers are its own.</summary>
    public int Candidate => Stream.Candidate;

    /// <summary>Where its next tokens' random numbers come from.</summary>
    public StreamId Stream { get; private set; }

    /// <summary>What shifts the next token.</summary>
    public IReadOnlyList<Guide> Guides { get; }

    /// <summary>The hidden state that was asked for last, <c>[hidden]</c>.</summary>
    public ReadOnlySpan<float> LastHidden => _lastHidden;

    internal TokenPath[] Paths { get; }

    /// <summary>The frozen model of its own path.</summary>
    internal Transformer Model => _session.Host.LaneOf(Paths[0]).Model;

    internal Session Session => _session;

    /// <summary>What it waits for; null: its program does something else.</summary>
    internal Ask? Ask { get; private set; }

    /// <summary>What its rules read of its tokens; it is told of every one of them.</summary>
    internal CountingConstraint Constraint { get; }

    internal bool IsDisposed { get; private set; }

    /// <summary>Whether the prefix cache knows the prompt.</summary>
    internal bool IsPromptRemembered { get; set; }

    /// <summary>A second sequence with the same tokens over the same pages.</summary>
    public Sequence Fork(int candidate) => Fork(new StreamId(candidate));

    /// <summary>
    /// Forgets the tokens after the first <paramref name="length"/>. What is drawn in their place is the same again; see
    /// <see cref="Redraw"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Shorter than the prompt or longer than the sequence.</exception>
    public void Rewind(int length)
    {
        RequireIdle();
        ArgumentOutOfRangeException.ThrowIfLessThan(length, PromptLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Truncate(length);
    }

    /// <summary>
    /// Forgets the tokens after the first <paramref name="length"/> and moves on to the next attempt: what is drawn in their place is drawn
    /// anew.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Shorter than the prompt or longer than the sequence.</exception>
    public void Redraw(int length)
    {
        Rewind(length);
        Stream = Stream with { Attempt = Stream.Attempt + 1 };
    }

    /// <summary>Makes tokens known; they are computed when something asks for what follows them.</summary>
    /// <exception cref="ArgumentException">One is none of the model's; nothing is appended.</exception>
    /// <exception cref="MethodFaultException">The context is full, or the constraint has failed.</exception>
    public void Append(ReadOnlySpan<int> tokens)
    {
        RequireIdle();
        Arguments.CheckTokens(tokens, Model, nameof(tokens));
        foreach (int token in tokens)
        {
            Append(token);
        }
    }

    /// <summary>
    /// Appends the tokens that the constraint leaves no choice about, as far as there is room. Nothing is drawn, and nothing computed
    /// before something asks for what follows them: a run costs its rows, not a pass for each.
    /// </summary>
    /// <returns>How many tokens.</returns>
    public int AppendForced()
    {
        RequireIdle();
        int before = Length;
        while (Room() > 0 && Constraint.Forced is { } token)
        {
            Append(token);
        }

        return Length - before;
    }

    /// <summary>Computes what is known, chooses the next token and appends it.</summary>
    /// <param name="rule">How it is chosen.</param>
    /// <param name="withHidden">
    /// Whether <see cref="LastHidden"/> is set to the state that it was chosen from, that of the token before it: it costs no row.
    /// </param>
    /// <param name="taps">Receive states of that token inside the layers; null: none.</param>
    /// <returns>The choice; overwritten by the next one, so copy what you keep.</returns>
    /// <exception cref="ArgumentException">
    /// A number of the rule lies outside of its range; there are more taps than a pass has, or of a place or a width that the model does
    /// not have.
    /// </exception>
    /// <exception cref="MethodFaultException">Every token is masked, the context is full, or the session's budget is spent.</exception>
    public ValueTask<TokenChoice> NextAsync(NextTokenRule rule, bool withHidden = false, HiddenTaps? taps = null)
    {
        RequireIdle();
        Arguments.CheckRule(rule, Model);
        Arguments.CheckTaps(taps, Model);
        CheckCapacity();
        Constraint.CountFor(rule, Tokens);
        _next.Use(rule, withHidden ? HiddenState() : null, taps);
        return new ValueTask<TokenChoice>(_next.Completion, Wait(_next, Length - 1, 1));
    }

    /// <summary>
    /// Computes what is known and a guess at what follows it, in one row for each token on every path, and appends the tokens that the
    /// sequence draws: the guess as far as it equals them, and one that it did not foresee. They are bit for bit those of
    /// <see cref="NextAsync"/>, with the same numbers.
    /// </summary>
    /// <param name="draft">The guess; may be empty. What the sequence has no room for is left out.</param>
    /// <param name="rule">How each token is chosen.</param>
    /// <returns>
    /// 1 to draft + 1 choices; overwritten by the next ones, so copy what you keep. A program that ends at one of them rewinds what follows
    /// it.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// A token of the guess is none of the model's, or a number of the rule lies outside of its range.
    /// </exception>
    /// <exception cref="MethodFaultException">
    /// Every token is masked, the context is full, or the session's budget is spent; the sequence is as it was.
    /// </exception>
    public ValueTask<IReadOnlyList<TokenChoice>> VerifyAsync(ReadOnlySpan<int> draft, NextTokenRule rule)
    {
        RequireIdle();
        Arguments.CheckTokens(draft, Model, nameof(draft));
        Arguments.CheckRule(rule, Model);
        CheckCapacity();
        Constraint.CountFor(rule, Tokens);
        int last = Length - 1;
        int known = Math.Min(draft.Length, Room() - 1);
        _verify ??= new VerifyAsk(this);
        _verify.Use(draft[..known], rule);
        return new ValueTask<IReadOnlyList<TokenChoice>>(_verify.Completion, Wait(_verify, last, known + 1));
    }

    /// <summary>
    /// Computes what is known, and draws the next token from it once for each stream: as many forks, each with a token of its own. Nothing
    /// is computed twice on any path; this sequence stays as it is.
    /// </summary>
    /// <exception cref="ArgumentException">There are no streams, or a number of the rule lies outside of its range.</exception>
    /// <exception cref="MethodFaultException">Every token is masked, the context is full, or the session's budget is spent.</exception>
    public ValueTask<Branch[]> BranchAsync(NextTokenRule rule, ReadOnlySpan<StreamId> streams)
    {
        RequireIdle();
        Arguments.CheckRule(rule, Model);
        ArgumentOutOfRangeException.ThrowIfZero(streams.Length, nameof(streams));
        CheckCapacity();
        Constraint.CountFor(rule, Tokens);
        var branch = new BranchAsk(this, rule, streams.ToArray());
        return new ValueTask<Branch[]>(branch.Completion, Wait(branch, Length - 1, 1));
    }

    /// <summary>
    /// Computes all known tokens; afterwards <see cref="LastHidden"/> is that of the last. Forks that are made now share what is computed,
    /// guides included.
    /// </summary>
    /// <param name="taps">Receive states of the last token inside the layers; null: none.</param>
    /// <exception cref="ArgumentException">
    /// There are more taps than a pass has, or of a place or a width that the model does not have.
    /// </exception>
    public ValueTask ComputeAsync(HiddenTaps? taps = null)
    {
        RequireIdle();
        Arguments.CheckTaps(taps, Model);
        _hidden ??= new HiddenAsk(this, HiddenState());
        _hidden.Use(taps);
        return new ValueTask(_hidden.Completion, Wait(_hidden, Length - 1, 1));
    }

    /// <summary>
    /// Log-probability of every token from <paramref name="from"/> on, given those before it. Costs a row for each that is scored and for
    /// each before it that is not computed; with a rule on every path.
    /// </summary>
    /// <param name="from">First token to score, at least 1.</param>
    /// <param name="logProbabilities">[Length - from] or longer.</param>
    /// <param name="top">[Length - from] or more lists to fill with the most probable tokens, or null.</param>
    /// <param name="rule">
    /// Whose guides, penalties and biases count, and with them the constraint, as in <see cref="TokenChoice.LogProbability"/>; null: the
    /// frozen model alone.
    /// </param>
    /// <param name="guides">
    /// [guides][Length - from], to fill with what each guide of the rule says of each token by itself, as in
    /// <see cref="TokenChoice.GuideLogProbabilities"/>; null: nothing.
    /// </param>
    /// <exception cref="ArgumentException">
    /// <paramref name="from"/> is the first token or before it, a buffer is missing or too short, a list is longer than the vocabulary, a
    /// number of the rule lies outside of its range, or <paramref name="guides"/> are not as many as the rule's, which has none if it is
    /// null.
    /// </exception>
    public ValueTask ScoreAsync(
        int from,
        Memory<float> logProbabilities,
        TokenLogProbability[][]? top = null,
        NextTokenRule? rule = null,
        IReadOnlyList<float[]>? guides = null)
    {
        RequireIdle();
        ArgumentOutOfRangeException.ThrowIfLessThan(from, 1);
        if (from >= Length)
        {
            return ValueTask.CompletedTask;
        }

        Arguments.CheckScores(Length - from, Model.Config.VocabularySize, logProbabilities, top);
        Arguments.CheckGuideScores(Length - from, rule is null ? 0 : Guides.Count, guides);
        if (rule is not null)
        {
            Arguments.CheckRule(rule, Model);
            Constraint.CountFor(rule, Tokens);
        }

        var scores = new ScoreAsk(this, from, logProbabilities, top, rule, guides);
        return new ValueTask(scores.Completion, Wait(scores, from - 1, Length - from));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!IsDisposed)
        {
            _session.RequireThread();
            IsDisposed = true;
            foreach (TokenPath path in Paths)
            {
                _session.Host.LaneOf(path).Tree.Release(path);
            }

            _session.Remove(this);
            Answered()?.Fail(new OperationCanceledException("The sequence was disposed."));
        }
    }

    /// <summary>Ends the wait.</summary>
    /// <returns>What it waited for, which the caller completes; null: nothing.</returns>
    internal Ask? Answered()
    {
        Ask? ask = Ask;
        Ask = null;
        return ask;
    }

    internal Sequence Fork(StreamId stream)
    {
        RequireIdle();
        CountingConstraint constraint = Constraint.Fork();

        // Only what cannot fail follows: from here on pages count one user more.
        TokenPath[] paths = Array.ConvertAll(Paths, path => _session.Host.LaneOf(path).Tree.Fork(path));
        var fork = new Sequence(_session, paths, PromptLength, Guides, constraint, stream) { IsPromptRemembered = IsPromptRemembered };
        _session.Add(fork);
        return fork;
    }

    /// <summary>Appends to every path.</summary>
    /// <exception cref="MethodFaultException">There is no room, or the constraint has failed.</exception>
    internal void Append(int token)
    {
        CheckCapacity();
        foreach (TokenPath path in Paths)
        {
            path.Append(token);
        }

        Constraint.Accept(token);
        Constraint.ThrowIfFailed();
    }

    /// <summary>
    /// Forgets the tokens after the first <paramref name="length"/> on every path, and what was computed and counted of them.
    /// </summary>
    internal void Truncate(int length)
    {
        int removed = Length - length;
        for (int i = Length - 1; i >= length; i--)
        {
            Constraint.Rewind(Tokens[i]);
        }

        foreach (TokenPath path in Paths)
        {
            _session.Host.LaneOf(path).Tree.Rewind(path, path.Length - removed);
        }
    }

    /// <summary>Tokens that every path has room for.</summary>
    private int Room()
    {
        int room = int.MaxValue;
        foreach (TokenPath path in Paths)
        {
            room = Math.Min(room, path.Capacity - path.Length);
        }

        return room;
    }

    private void CheckCapacity()
    {
        if (Room() == 0)
        {
            throw new MethodFaultException(
                $"The sequence has all of its {Paths.First(path => path.Capacity == path.Length).Capacity} tokens.");
        }
    }

    private void RequireIdle()
    {
        _session.RequireOpen();
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (Ask is not null)
        {
            throw new InvalidOperationException("A sequence can wait for one thing at a time, and cannot change meanwhile.");
        }
    }

    private short Wait(Ask ask, int first, int count)
    {
        _session.Cancellation.ThrowIfCancellationRequested();
        Ask = ask;
        _session.Host.Waiting.Add(ask);
        return ask.Start(first, count);
    }

    private float[] HiddenState() => _lastHidden ??= new float[Model.Config.HiddenSize];
}
