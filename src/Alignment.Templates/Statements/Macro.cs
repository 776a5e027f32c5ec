using Alignment.Templates.Expressions;
using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Statements;

/// <summary>The parameters of a macro or a call block with their defaults.</summary>
internal sealed record Parameter(string Name, Expression? Default);

/// <summary>What can be called: parameters and a body, and which of Jinja's special names the body reads.</summary>
internal sealed record Callable(string Name, List<Parameter> Parameters, Block Body, bool TakesMore, bool TakesOtherNames)
{
    public TemplateFunction Function(Scope scope) => (state, arguments) =>
    {
        Scope inner = Bind(scope, arguments);
        state.Budget.EnterCall();
        TemplateText text = state.Capture(() => Body.Execute(inner));
        state.Budget.LeaveCall();
        return text;
    };

    private Scope Bind(Scope scope, Arguments arguments)
    {
        Scope inner = scope.Child();
        inner.Set("varargs", new TemplateTuple(arguments.Positional.Skip(Parameters.Count)));
        inner.Set("kwargs", OtherNames(scope, arguments));
        inner.Set("caller", arguments.Named.GetValueOrDefault("caller", new Undefined("caller")));
        if (arguments.Positional.Count > Parameters.Count && !TakesMore)
        {
            throw new ChatTemplateException(
                $"chat template: the macro '{Name}' takes at most {Parameters.Count} arguments, not {arguments.Positional.Count}");
        }

        for (int i = 0; i < Parameters.Count; i++)
        {
            inner.Set(Parameters[i].Name, Value(inner, arguments, i));
        }

        return inner;
    }

    private object? Value(Scope inner, Arguments arguments, int index)
    {
        Parameter parameter = Parameters[index];
        bool named = arguments.Named.TryGetValue(parameter.Name, out object? value);
        if (index < arguments.Positional.Count)
        {
            return !named
                ? arguments.Positional[index]
                : throw new ChatTemplateException($"chat template: the macro '{Name}' is given '{parameter.Name}' twice");
        }

        return named ? value : parameter.Default is null ? new Undefined(parameter.Name) : parameter.Default.Evaluate(inner);
    }

    private TemplateMap OtherNames(Scope scope, Arguments arguments)
    {
        var others = new TemplateMap();
        foreach ((string name, object? value) in arguments.Named)
        {
            if (name != "caller" && !Parameters.Exists(parameter => parameter.Name == name))
            {
                others.Set(scope.State.Budget, TemplateText.Template(name), value);
            }
        }

        return others.Count == 0 || TakesOtherNames
            ? others
            : throw new ChatTemplateException($"chat template: the macro '{Name}' has no argument '{others.Keys.First()}'");
    }
}

/// <summary><c>macro name(parameters)</c>: defines a function whose value is what its body writes.</summary>
internal sealed class Macro(Callable callable) : Statement
{
    public override Flow Execute(Scope scope)
    {
        scope.Set(callable.Name, callable.Function(scope));
        return Flow.Next;
    }
}

/// <summary><c>{% call(parameters) macro(...) %}body{% endcall %}</c></summary>
internal sealed class CallBlock(Call call, Callable caller) : Statement
{
    public override Flow Execute(Scope scope)
    {
        scope.State.Output.Append(PythonText.Str(scope.State.Budget, call.Invoke(scope, caller.Function(scope))));
        return Flow.Next;
    }
}
