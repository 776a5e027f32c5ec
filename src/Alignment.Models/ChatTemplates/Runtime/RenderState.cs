using System.Text;

namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>What one rendering owns: its output, its budget, its clock.</summary>
internal sealed class RenderState(TimeProvider time)
{
    public RenderBudget Budget { get; } = new();

    public StringBuilder Output { get; private set; } = new();

    public TimeProvider Time { get; } = time;

    public void Write(string text)
    {
        Budget.Charge(text.Length);
        if (Output.Length + text.Length > RenderBudget.MaxOutput)
        {
            throw new ChatTemplateException($"chat template: its output is longer than {RenderBudget.MaxOutput} characters");
        }

        Output.Append(text);
    }

    /// <summary>Runs <paramref name="body"/> and returns what it wrote instead of writing it.</summary>
    public string Capture(Action body)
    {
        StringBuilder outer = Output;
        Output = new StringBuilder();
        try
        {
            body();
            return Output.ToString();
        }
        finally
        {
            Output = outer;
        }
    }
}
