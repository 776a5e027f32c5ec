using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Pages;
using Alignment.Inference.Threading;

namespace Alignment.Inference.Sessions;

/// <summary>
/// What a sequence waits for: the outputs of consecutive tokens, of the frozen model alone or of all paths, and what becomes of them. Says
/// which rows it needs, and keeps what the scheduler knows of it. A sequence waits for one at a time and uses its asks again, so that a
/// token allocates nothing.
/// </summary>
internal abstract class Ask(Sequence sequence)
{
    public Sequence Sequence => sequence;

    /// <summary>For the log of a fault.</summary>
    public abstract string Name { get; }

    public abstract GuidePaths GuidePaths { get; }

    /// <summary>Whether its outputs have logits, from which <see cref="Draw"/> says what to make.</summary>
    public abstract bool NeedsLogits { get; }

    /// <summary>
    /// Whether all of its rows are prompt, and not only those before the first output: nobody waits for it token by token.
    /// </summary>
    public virtual bool IsPrompt => false;

    /// <summary>How many tokens are drawn from each output of the frozen model.</summary>
    public virtual int DrawsEach => 1;

    /// <summary>Where the hidden state of the last output goes, <c>[hidden]</c>; null: nowhere.</summary>
    public virtual float[]? Hidden => null;

    /// <summary>Where hidden states of the last output's token go, those inside the frozen model's layers; null: nowhere.</summary>
    public virtual HiddenTaps? Taps => null;

    /// <summary>Tokens that the settled ask chose.</summary>
    public virtual int ChosenTokens => 0;

    public bool IsWaiting => sequence.Ask == this;

    /// <summary>Whether its next output costs more than may still be computed for its session.</summary>
    public bool IsSpent { get; set; }

    /// <summary>Index of the next token, in the frozen model's path, whose row gives an output.</summary>
    public int Next { get; private set; }

    /// <summary>Outputs that are still to come, of each path.</summary>
    public int Remaining { get; private set; }

    /// <summary>How many of them the pass that is planned gives.</summary>
    public int Promised { get; private set; }

    /// <summary>Whether that is all of them: the ask no longer waits for a pass.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Number of the last pass that computed rows of it: its sequence keeps its pages until the pass is over.</summary>
    public long PlannedPass { get; set; } = -1;

    /// <summary>How many passes were planned without rows of it since it last had any: such a prompt comes sooner.</summary>
    public int PassesWithoutRows { get; set; }

    /// <summary>Of each path, the row of the batch that gives the first promised output.</summary>
    public int[] FirstRows { get; } = new int[sequence.Paths.Length];

    /// <summary>Of each path, the first promised output of the batch.</summary>
    public int[] FirstOutputs { get; } = new int[sequence.Paths.Length];

    /// <summary>The first of its taps in the batch.</summary>
    public int FirstTap { get; set; }

    /// <summary>The first so many paths compute rows.</summary>
    public int Paths => GuidePaths == GuidePaths.Idle ? 1 : sequence.Paths.Length;

    /// <summary>The first so many paths give outputs.</summary>
    public int OutputPaths => GuidePaths == GuidePaths.Read ? sequence.Paths.Length : 1;

    /// <summary>Index of the next token in another path, which may have another prompt.</summary>
    public int NextIn(TokenPath path) => path.Length - sequence.Length + Next;

    /// <summary>Rows of a path before that of its next output.</summary>
    public int SilentRows(TokenPath path) => Math.Max(0, NextIn(path) - path.Computed);

    /// <summary>Begins to wait for the outputs of <paramref name="count"/> tokens from <paramref name="first"/> on.</summary>
    /// <returns>Token of the completion.</returns>
    public short Start(int first, int count)
    {
        (Next, Remaining, Promised, IsAnswered, IsSpent) = (first, count, 0, false, false);
        (PlannedPass, PassesWithoutRows) = (-1, 0);
        return Restart();
    }

    /// <summary>The pass that is planned gives so many outputs.</summary>
    public virtual void Promise(int outputs)
    {
        Promised = outputs;
        IsAnswered = outputs == Remaining;
    }

    /// <summary>What to draw from a promised output.</summary>
    public abstract Draw Draw(int output, int index);

    /// <summary>Takes what the pass says of the promised outputs.</summary>
    /// <returns>Whether nothing remains.</returns>
    /// <exception cref="MethodFaultException">Every token is masked, or the constraint has failed.</exception>
    public bool Settle()
    {
        sequence.Constraint.ThrowIfFailed();
        int promised = Promised;
        (Next, Remaining, Promised) = (Next + promised, Remaining - promised, 0);
        Remaining = Take(promised) ? Remaining : 0;
        return Remaining == 0;
    }

    /// <summary>Resumes the program, which may start the next ask before this returns.</summary>
    public abstract void Complete();

    /// <summary>Resumes the program with a fault.</summary>
    public abstract void Fail(Exception fault);

    /// <returns>Whether the outputs that remain are still wanted.</returns>
    protected abstract bool Take(int outputs);

    protected abstract short Restart();

    /// <exception cref="MethodFaultException">Every token is masked.</exception>
    /// <exception cref="ScoreOverflowException">Scores are not finite.</exception>
    protected void Require(TokenChoice choice)
    {
        switch (choice.Token)
        {
            case TokenChoice.Masked:
                throw new MethodFaultException("Every token is masked.");
            case TokenChoice.Overflow:
                throw new ScoreOverflowException(sequence.Guides.Select(guide => guide.Name));
        }
    }
}

/// <inheritdoc/>
/// <typeparam name="T">What the program awaits.</typeparam>
internal abstract class Ask<T>(Sequence sequence) : Ask(sequence)
{
    public Completion<T> Completion { get; } = new();

    public override void Complete() => Completion.SetResult(Finish());

    public override void Fail(Exception fault) => Completion.SetException(fault);

    protected override short Restart() => Completion.Start();

    /// <summary>What the program gets, when the sequence no longer waits.</summary>
    protected abstract T Finish();
}
