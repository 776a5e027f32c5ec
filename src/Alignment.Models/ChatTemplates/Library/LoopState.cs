using Alignment.Models.ChatTemplates.Runtime;

namespace Alignment.Models.ChatTemplates.Library;

/// <summary>The variable <c>loop</c> inside a <c>for</c>.</summary>
internal sealed class LoopState(List<object?> items, int depth, TemplateFunction? recursion)
{
    private List<object?>? _lastChanged;

    public int Index { get; set; }

    /// <summary>What <c>loop(items)</c> calls; null unless the loop is recursive.</summary>
    public TemplateFunction? Recursion { get; } = recursion;

    /// <summary>Null for a name that a loop does not have.</summary>
    public object? Get(string name) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "revindex" => (long)(items.Count - Index),
        "revindex0" => items.Count - Index - 1L,
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "depth" => depth + 1L,
        "depth0" => (long)depth,
        "previtem" => Index > 0 ? items[Index - 1] : new Undefined(name),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new Undefined(name),
        "cycle" => (TemplateFunction)Cycle,
        "changed" => (TemplateFunction)((state, arguments) => Changed(state, arguments.Positional)),
        _ => null,
    };

    private object? Cycle(RenderState state, Arguments arguments) => arguments.Positional.Count > 0
        ? arguments.Positional[Index % arguments.Positional.Count]
        : throw new ChatTemplateException("chat template: loop.cycle has nothing to cycle");

    private bool Changed(RenderState state, List<object?> values)
    {
        bool changed = _lastChanged is null || !PythonValue.AreEqual(state.Budget, _lastChanged, values);
        _lastChanged = values;
        return changed;
    }
}
