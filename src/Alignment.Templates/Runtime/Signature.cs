using Alignment.Templates.Limits;
using Alignment.Templates.Values;

namespace Alignment.Templates.Runtime;

/// <summary>
/// The parameters of a function, written as "old new count?": a question mark for what may be left out, "*" alone for a function that reads
/// its arguments itself. What a function does not have is refused by name.
/// </summary>
internal sealed class Signature
{
    private readonly string[] _names;
    private readonly int _required;
    private readonly bool _isOpen;

    public Signature(string text)
    {
        string[] parameters = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        _isOpen = parameters is ["*"];
        _names = _isOpen ? [] : Array.ConvertAll(parameters, parameter => parameter.TrimEnd('?'));
        _required = parameters.Count(parameter => parameter[^1] is not ('?' or '*'));
    }

    /// <exception cref="ChatTemplateException">an argument is missing, unknown or one too many</exception>
    public BoundArguments Bind(string function, Arguments given)
    {
        if (_isOpen)
        {
            return new BoundArguments(function, _names, [], given);
        }

        if (given.Positional.Count > _names.Length)
        {
            throw new ChatTemplateException(
                $"chat template: {function} takes at most {_names.Length} arguments, not {given.Positional.Count}");
        }

        object?[] values = new object?[_names.Length];
        Array.Fill(values, BoundArguments.Missing);
        given.Positional.CopyTo(values);
        foreach ((string name, object? value) in given.Named)
        {
            values[Place(function, name, given.Positional.Count)] = value;
        }

        int missing = Array.IndexOf(values, BoundArguments.Missing, 0, _required);
        return missing < 0
            ? new BoundArguments(function, _names, values, given)
            : throw new ChatTemplateException($"chat template: {function} needs the argument '{_names[missing]}'");
    }

    private int Place(string function, string name, int taken)
    {
        int place = Array.IndexOf(_names, name);
        if (place < 0)
        {
            throw new ChatTemplateException($"chat template: {function} has no argument '{name}'");
        }

        return place >= taken ? place : throw new ChatTemplateException($"chat template: {function} is given '{name}' twice");
    }
}

/// <summary>Arguments in the order of a signature.</summary>
internal readonly struct BoundArguments(string function, string[] names, object?[] values, Arguments given)
{
    public static readonly object Missing = new();

    /// <summary>As they were given; what an open signature reads.</summary>
    public Arguments Given => given;

    public bool Has(int index) => values[index] != Missing;

    public object? Get(int index, object? otherwise = null) => Has(index) ? values[index] : otherwise;

    public bool IsTrue(int index) => Has(index) && PythonValue.IsTrue(values[index]);

    public TemplateText Text(int index) => values[index] as TemplateText ?? throw Wrong(index, "a string");

    public long Integer(int index, long otherwise = 0) => Get(index, otherwise) switch
    {
        long number => number,
        bool truth => truth ? 1 : 0,
        _ => throw Wrong(index, "an integer"),
    };

    /// <summary>An integer, where none and nothing mean the same.</summary>
    public long? Optional(int index) => Get(index) is null ? null : Integer(index);

    private ChatTemplateException Wrong(int index, string expected) =>
        new($"chat template: the argument '{names[index]}' of {function} must be {expected}, not {PythonValue.TypeName(values[index])}");
}
