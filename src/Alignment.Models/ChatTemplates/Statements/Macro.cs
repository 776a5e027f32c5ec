using Alignment.Models.ChatTemplates.Expressions;
using Alignment.Models.ChatTemplates.Runtime;

namespace Alignment.Models.ChatTemplates.Statements;

/// <summary>The parameters of a macro or a call block with their defaults.</summary>
internal sealed record Parameter(string Name, Expression? Default);

/// <summary><c>macro name(parameters)</c>: defines a function whose value is what its body writes.</summary>
internal sealed class Macro(string name, List<Parameter> parameters, Block body) : Statement
{
    public override Flow Execute(Scope scope)
    {
        scope.Set(name, Function(scope, parameters, body));
        return Flow.Next;
    }

    public static TemplateFunction Function(Scope scope, List<Parameter> parameters, Block body) => (state, arguments) =>
    {
        Scope inner = Bind(scope, parameters, arguments);
        state.Budget.EnterCall();
        string text = state.Capture(() => body.Execute(inner));
        state.Budget.LeaveCall();
        return text;
    };

    private static object? Default(Parameter parameter, Scope scope) =>
        parameter.Default is null ? new Undefined(parameter.Name) : parameter.Default.Evaluate(scope);

    private static Scope Bind(Scope scope, List<Parameter> parameters, Arguments arguments)
    {
        Scope inner = scope.Child();
        inner.Set("varargs", new TemplateTuple(arguments.Positional.Skip(parameters.Count)));
        inner.Set("caller", arguments.Named.GetValueOrDefault("caller", new Undefined("caller")));
        for (int i = 0; i < parameters.Count; i++)
        {
            Parameter parameter = parameters[i];
            bool given = arguments.Has(i, parameter.Name);
            inner.Set(parameter.Name, given ? arguments.Get(i, parameter.Name) : Default(parameter, inner));
        }

        return inner;
    }
}

/// <summary><c>{% call(parameters) macro(...) %}body{% endcall %}</c></summary>
internal sealed class CallBlock(List<Parameter> parameters, Call call, Block body) : Statement
{
    public override Flow Execute(Scope scope)
    {
        scope.State.Write(PythonText.Str(call.Invoke(scope, Macro.Function(scope, parameters, body))));
        return Flow.Next;
    }
}
