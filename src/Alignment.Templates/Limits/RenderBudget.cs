using System.Runtime.CompilerServices;

namespace Alignment.Templates.Limits;

/// <summary>
/// What one rendering may spend: work, in units of about a nanosecond, and bytes of values, dead ones included. Whatever evaluates, looks
/// at or makes something charges it here before it does so, so that no template takes more than about half a second of a processor or
/// allocates more than 200 MB. A longer conversation earns proportionally more. Cancellation is seen within milliseconds.
/// </summary>
internal sealed class RenderBudget(CancellationToken cancellation)
{
    private const long Work = 200_000_000;
    private const long Bytes = 104 << 20;
    private const int WorkPerCharacter = 64;
    private const int BytesPerCharacter = 32;
    private const int WorkPerValue = 25_000;
    private const int BytesPerValue = 1000;
    private const int StepWork = 25;
    private const int StepBytes = 4;
    private const int WorkBetweenLooks = 1_000_000;
    private const int MaxCalls = 64;

    private long _work = Work;
    private long _bytes = Bytes;
    private long _nextLook = Work - WorkBetweenLooks;
    private int _calls;

    /// <summary>
    /// A longer conversation may cost more: by its text, and by its messages, which some templates compare with one another.
    /// </summary>
    public void Earn(int values, int characters)
    {
        _work += ((long)WorkPerValue * values) + ((long)WorkPerCharacter * characters);
        _bytes += ((long)BytesPerValue * values) + ((long)BytesPerCharacter * characters);
        _nextLook = _work - WorkBetweenLooks;
    }

    /// <summary>One node is evaluated, or one pair of values compared.</summary>
    public void Step()
    {
        Make(StepBytes);
        Read(StepWork);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new ChatTemplateException("chat template: it is nested too deeply");
        }
    }

    /// <summary>So many characters or elements are looked at.</summary>
    public void Read(long units)
    {
        _work -= units;
        if (_work < _nextLook)
        {
            Look();
        }
    }

    /// <summary>So many bytes are about to be allocated; to fill them is work too.</summary>
    public void Make(long bytes)
    {
        _bytes -= bytes;
        if (_bytes < 0)
        {
            throw new ChatTemplateException("chat template: it makes too much text or too many values");
        }

        Read(bytes / 4);
    }

    /// <summary>Refuses what will take more bytes than are left, without taking them.</summary>
    public void Reserve(Int128 bytes)
    {
        if (bytes > _bytes)
        {
            Make(_bytes + 1);
        }
    }

    /// <summary>A list of so many elements is about to be made.</summary>
    public void MakeList(long count) => Make(96 + (16 * count));

    public void EnterCall()
    {
        if (++_calls > MaxCalls)
        {
            throw new ChatTemplateException($"chat template: macros call each other deeper than {MaxCalls}");
        }
    }

    public void LeaveCall() => _calls--;

    private void Look()
    {
        cancellation.ThrowIfCancellationRequested();
        _nextLook = _work - WorkBetweenLooks;
        if (_work < 0)
        {
            throw new ChatTemplateException("chat template: it does too much work");
        }
    }
}
