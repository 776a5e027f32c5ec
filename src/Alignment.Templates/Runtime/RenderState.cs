using Alignment.Templates.Limits;
using Alignment.Templates.Values;

namespace Alignment.Templates.Runtime;

/// <summary>What one rendering owns: its output, its budget, its clock.</summary>
internal sealed class RenderState
{
    public RenderState(TimeProvider time, CancellationToken cancellation)
    {
        Time = time;
        Budget = new RenderBudget(cancellation);
        Output = new TextBuilder(Budget);
    }

    public RenderBudget Budget { get; }

    public TextBuilder Output { get; private set; }

    public TimeProvider Time { get; }

    /// <summary>Runs <paramref name="body"/> and returns what it wrote instead of writing it.</summary>
    public TemplateText Capture(Action body)
    {
        TextBuilder outer = Output;
        Output = new TextBuilder(Budget);
        try
        {
            body();
            return Output.ToText();
        }
        finally
        {
            Output = outer;
        }
    }
}
