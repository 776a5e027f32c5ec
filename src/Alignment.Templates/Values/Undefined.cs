namespace Alignment.Templates.Values;

/// <summary>The value of a name nobody set: prints as nothing, is false, iterates as empty, and cannot be looked into.</summary>
internal sealed record Undefined(string Name)
{
    /// <summary>What stands where a container has nothing under a key.</summary>
    public static Undefined At(object? key) => new(PythonText.Brief(key).Trim('\''));
}
