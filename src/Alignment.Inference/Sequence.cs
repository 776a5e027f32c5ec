using Alignment.Compute.NextToken;
using Alignment.Inference.Guides;
using Alignment.Inference.Pages;
using Alignment.Inference.Scheduling;

namespace Alignment.Inference;

/// <summary>
/// A forkable sequence of tokens: a path of the frozen model, and a shadow path for every guide that reads the tokens with an adapter or after another
/// prompt. Belongs to one session and is touched only by its program; dispose it when it is no longer needed.
/// </summary>
public sealed class Sequence : IDisposable
{
    private readonly Session _session;

    internal Sequence(Session session, TokenPath[] paths, int promptLength, IReadOnlyList<Guide> guides, int candidate)
    {
        (_session, Paths, PromptLength, Guides, Candidate) = (session, paths, promptLength, guides, candidate);
        GuideRows = new GuideRow[guides.Count];
        PlannedRows = new int[paths.Length];
    }

    /// <summary>Tokens of the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>Known tokens, prompt and response.</summary>
    public int Length => Paths[0].Length;

    /// <summary>Prompt and response; valid until the sequence changes.</summary>
    public ReadOnlySpan<int> Tokens => Paths[0].Tokens;

    /// <summary>Which of a request's parallel candidates: its random numbers are its own.</summary>
    public int Candidate { get; }

    /// <summary>What shifts the next token.</summary>
    public IReadOnlyList<Guide> Guides { get; }

    /// <summary>Hidden state of the last token, <c>[hidden]</c>, after <see cref="ComputeAsync"/>.</summary>
    public ReadOnlySpan<float> LastHidden => HiddenState;

    internal TokenPath[] Paths { get; }

    internal GuideRow[] GuideRows { get; }

    internal Session Session => _session;

    internal Completion<TokenChoice> Completion { get; } = new();

    internal WaitKind Waits { get; set; }

    internal NextTokenRule? Rule { get; private set; }

    internal TokenChoice? Choice { get; private set; }

    internal TokenCounts? Counts { get; private set; }

    internal float[]? HiddenState { get; set; }

    internal ScoreRequest? Scores { get; private set; }

    /// <summary>Number of the last pass that computed rows of it: such a sequence keeps its pages until the pass is over.</summary>
    internal long PlannedPass { get; set; } = -1;

    /// <summary>The pass that is planned gives what it waits for.</summary>
    internal bool IsAnswered { get; set; }

    internal bool IsDisposed { get; private set; }

    /// <summary>Where the last row of each path is in the batch of that pass.</summary>
    internal int[] PlannedRows { get; }

    /// <summary>Whether the prefix cache knows the prompt.</summary>
    internal bool IsPromptRemembered { get; set; }

    /// <summary>A second sequence with the same tokens over the same pages.</summary>
    public Sequence Fork(int candidate)
    {
        RequireIdle();
        var fork = new Sequence(_session, Array.ConvertAll(Paths, _session.Engine.Tree.Fork), PromptLength, Guides, candidate) { Counts = Counts?.Clone(), IsPromptRemembered = IsPromptRemembered };
        _session.Add(fork);
        return fork;
    }

    /// <summary>Forgets the tokens after the first <paramref name="length"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Shorter than the prompt or longer than the sequence.</exception>
    public void Rewind(int length)
    {
        RequireIdle();
        ArgumentOutOfRangeException.ThrowIfLessThan(length, PromptLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        for (int i = length; Counts is not null && i < Length; i++)
        {
            Counts.AddResponse(Tokens[i], -1);
        }

        int removed = Length - length;
        foreach (TokenPath path in Paths)
        {
            _session.Engine.Tree.Rewind(path, path.Length - removed);
        }
    }

    /// <summary>Makes tokens known; they are computed when something asks for what follows them.</summary>
    /// <exception cref="MethodFaultException">The context is full.</exception>
    public void Append(ReadOnlySpan<int> tokens)
    {
        RequireIdle();
        foreach (int token in tokens)
        {
            Append(token);
        }
    }

    /// <summary>Computes what is known, chooses the next token and appends it.</summary>
    /// <returns>The choice; overwritten by the next one, so copy what you keep.</returns>
    /// <exception cref="MethodFaultException">Every token is masked, the context is full, or the session's budget is spent.</exception>
    public ValueTask<TokenChoice> NextAsync(NextTokenRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        CheckCapacity();
        if (!ReferenceEquals(rule, Rule))
        {
            UseRule(rule);
        }

        return new ValueTask<TokenChoice>(Completion, Wait(WaitKind.Next));
    }

    /// <summary>Computes all known tokens; afterwards <see cref="LastHidden"/> is set. Forks that are made now share what is computed, guides included.</summary>
    public ValueTask ComputeAsync()
    {
        HiddenState ??= new float[_session.Engine.Model.Config.HiddenSize];
        return new ValueTask(Completion, Wait(WaitKind.Hidden));
    }

    /// <summary>
    /// Log-probability under the frozen model of every token from <paramref name="from"/> on, given those before it. Costs a pass over the whole prefix.
    /// </summary>
    /// <param name="from">First token to score, at least 1.</param>
    /// <param name="logProbabilities">[Length - from].</param>
    /// <param name="top">[Length - from] lists to fill with the most probable tokens, or null.</param>
    public ValueTask ScoreAsync(int from, Memory<float> logProbabilities, TokenLogProbability[][]? top = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(from, 1);
        RequireIdle();
        _session.Engine.Tree.Forget(Paths[0], 0);
        Scores = new ScoreRequest(from, logProbabilities, top);
        return new ValueTask(Completion, Wait(WaitKind.Scores));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!IsDisposed)
        {
            IsDisposed = true;
            foreach (TokenPath path in Paths)
            {
                _session.Engine.Tree.Release(path);
            }

            _session.Remove(this);
            if (Waits != WaitKind.None)
            {
                Waits = WaitKind.None;
                Completion.SetException(new OperationCanceledException("The sequence was disposed."));
            }
        }
    }

    /// <summary>Appends to every path and counts for the penalties.</summary>
    internal void Append(int token)
    {
        CheckCapacity();
        foreach (TokenPath path in Paths)
        {
            path.Append(token);
        }

        Counts?.AddResponse(token);
    }

    private void CheckCapacity()
    {
        foreach (TokenPath path in Paths)
        {
            if (path.Length == path.Capacity)
            {
                throw new MethodFaultException($"The sequence has all of its {path.Capacity} tokens.");
            }
        }
    }

    private void RequireIdle()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (Waits != WaitKind.None)
        {
            throw new InvalidOperationException("A sequence can wait for one thing at a time, and cannot change meanwhile.");
        }
    }

    private short Wait(WaitKind kind)
    {
        RequireIdle();
        _session.Cancellation.ThrowIfCancellationRequested();
        short token = Completion.Start();
        (Waits, IsAnswered) = (kind, false);
        _session.Engine.Enqueue(this);
        return token;
    }

    private void UseRule(NextTokenRule rule)
    {
        Rule = rule;
        Choice = new TokenChoice(rule.TopLogProbabilities, Guides.Count);
        bool penalizes = rule.RepetitionPenalty != 1 || rule.FrequencyPenalty != 0 || rule.PresencePenalty != 0;
        if (penalizes && Counts is null)
        {
            Counts = new TokenCounts();
            for (int i = 0; i < Length; i++)
            {
                if (i < PromptLength)
                {
                    Counts.AddPrompt(Tokens[i]);
                }
                else
                {
                    Counts.AddResponse(Tokens[i]);
                }
            }
        }
    }
}
