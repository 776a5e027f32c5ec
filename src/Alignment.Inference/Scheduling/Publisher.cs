using Alignment.Inference.Pages;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Scheduling;

/// <summary>Resumes the programs that a pass answers, or that cannot go on; what they then wait for belongs to the next pass.</summary>
internal sealed class Publisher(PassPlan plan, Planner planner, List<Ask> waiting, EngineCounters counters)
{
    /// <summary>Ends the waits of sessions whose budget is spent.</summary>
    public void FailSpent()
    {
        for (int i = waiting.Count - 1; i >= 0; i--)
        {
            if (i < waiting.Count && waiting[i] is { IsWaiting: true, IsSpent: true, Sequence.Session: var session } ask)
            {
                Resume(ask, new BudgetSpentException(session.ForwardTokens));
            }
        }
    }

    /// <summary>
    /// Where a pass could compute nothing for anybody, and nobody has pages whose program is elsewhere, the oldest wait can never end and
    /// is failed.
    /// </summary>
    /// <returns>Whether the next pass may do better; else there is only to wait until a program comes back from elsewhere.</returns>
    public bool TryFailStuck(List<Session> running)
    {
        // Who cannot pay is told before the next pass, and gives its pages back.
        if (waiting.Exists(ask => ask.IsSpent) || waiting.MinBy(ask => ask.Sequence.Session.Order) is not { } stuck)
        {
            return true;
        }

        if (running.Any(session => session != stuck.Sequence.Session && IsElsewhere(session) && session.Sequences.Any(HoldsPages)))
        {
            return false;
        }

        Resume(
            stuck,
            new MethodFaultException(
                $"The sequence of {stuck.Sequence.Length} tokens needs more than the engine's {Pages} pages."));
        return true;
    }

    /// <summary>Hands over what the pass has computed.</summary>
    public void Publish()
    {
        foreach (TokenPath path in plan.Prompts)
        {
            plan.TreeOf(path).Remember(path);
        }

        foreach (Ask ask in plan.Answers)
        {
            // One that no longer waits was disposed by a program that this pass resumed earlier.
            if (ask.IsWaiting)
            {
                Publish(ask);
            }
        }
    }

    /// <summary>Ends the waits of all that took part in a pass that failed.</summary>
    /// <param name="running">Sessions whose sequences may be in it.</param>
    /// <param name="refusal">Why it failed.</param>
    public void Refuse(IReadOnlyList<Session> running, EngineOverloadedException refusal)
    {
        Ask[] planned = [.. running.SelectMany(session => session.Sequences).Where(planner.IsPlanned).Select(sequence => sequence.Ask!)];
        foreach (Ask ask in planned.Where(ask => ask.IsWaiting))
        {
            counters.AddRefused();
            Resume(ask, refusal);
        }
    }

    private static bool IsElsewhere(Session session) => session.Sequences.Any(sequence => sequence.Ask is null);

    private static bool HoldsPages(Sequence sequence) => Array.Exists(sequence.Paths, static path => path.PageCount > 0);

    private void Publish(Ask ask)
    {
        if (!IsSettled(ask, out MethodFaultException? fault))
        {
            return;
        }

        if (fault is null)
        {
            counters.ChosenTokens += ask.ChosenTokens;
            RememberPrompt(ask);
        }

        Resume(ask, fault);
    }

    /// <summary>
    /// What an ask throws while it takes what the pass computed is its own session's fault: others were in the pass too, and get theirs.
    /// </summary>
    private static bool IsSettled(Ask ask, out MethodFaultException? fault)
    {
        fault = null;
        try
        {
            return ask.Settle();
        }
        catch (MethodFaultException caught)
        {
            fault = caught;
        }
#pragma warning disable CA1031 // It writes to memory of the method's, which may do anything meanwhile: whatever comes of it.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            fault = new MethodFaultException($"What was asked for ({ask.Name}) cannot be handed over: {thrown.Message}", thrown);
        }

        return true;
    }

    /// <summary>Once, when its prompt is computed: later sessions, and other candidates of this one, can then share it.</summary>
    private void RememberPrompt(Ask ask)
    {
        Sequence sequence = ask.Sequence;
        if (sequence.IsPromptRemembered || ask.GuidePaths == GuidePaths.Idle)
        {
            return;
        }

        sequence.IsPromptRemembered = true;
        foreach (TokenPath path in sequence.Paths)
        {
            plan.TreeOf(path).Remember(path);
        }
    }

    /// <summary>Of every lane.</summary>
    private int Pages => plan.Lanes[0].Lane.Tree.PageCount;

    private void Resume(Ask ask, Exception? fault)
    {
        if (!ask.IsAnswered)
        {
            waiting.Remove(ask);
        }

        ask.Sequence.Session.Context.Resume(ask, fault);
    }
}
