using System.Runtime.CompilerServices;

namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>
/// What one rendering may spend. Work counts evaluated nodes plus the characters and elements they read or make, so that neither a long
/// loop nor a doubling string nor a scan inside a loop can run away; memory is bounded by the same number.
/// </summary>
internal sealed class RenderBudget
{
    public const int MaxWork = 50_000_000;
    public const int MaxOutput = 8_000_000;
    public const int MaxRange = 100_000;
    public const int MaxCalls = 64;

    private long _work;
    private int _calls;

    public void Charge(long work)
    {
        _work += work;
        if (_work > MaxWork)
        {
            throw new ChatTemplateException("chat template: it does too much work");
        }
    }

    public void Step()
    {
        Charge(1);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new ChatTemplateException("chat template: it is nested too deeply");
        }
    }

    public void EnterCall()
    {
        if (++_calls > MaxCalls)
        {
            throw new ChatTemplateException($"chat template: macros call each other deeper than {MaxCalls}");
        }
    }

    public void LeaveCall() => _calls--;
}
