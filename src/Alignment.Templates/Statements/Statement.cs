using Alignment.Templates.Runtime;

namespace Alignment.Templates.Statements;

/// <summary>A node that acts: it writes, assigns or decides what runs next.</summary>
internal abstract class Statement
{
    public abstract Flow Execute(Scope scope);
}

/// <summary>How control leaves a statement.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}
