using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>The variable <c>loop</c> inside a <c>for</c>.</summary>
internal sealed class LoopState(List<object?> items, int depth, TemplateFunction? recursion)
{
    private List<object?>? _lastChanged;

    public int Index { get; set; }

    /// <summary>What <c>loop(items)</c> calls; null unless the loop is recursive.</summary>
    public TemplateFunction? Recursion { get; } = recursion;

    /// <summary>Null for a name that a loop does not have.</summary>
    public object? Get(RenderBudget budget, string name) => name switch
    {
        "index" => Numbers.Box(budget, Index + 1),
        "index0" => Numbers.Box(budget, Index),
        "revindex" => Numbers.Box(budget, items.Count - Index),
        "revindex0" => Numbers.Box(budget, items.Count - Index - 1),
        "first" => PythonValue.Truth(Index == 0),
        "last" => PythonValue.Truth(Index == items.Count - 1),
        "length" => Numbers.Box(budget, items.Count),
        "depth" => Numbers.Box(budget, depth + 1),
        "depth0" => Numbers.Box(budget, depth),
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
