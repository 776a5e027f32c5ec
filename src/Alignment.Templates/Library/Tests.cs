using System.Numerics;
using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>What may stand after <c>is</c>.</summary>
internal static class Tests
{
    private static readonly Builtin<object?> s_equal = new(
        "other", (state, value, a) => PythonValue.AreEqual(state.Budget, value, a.Get(0)));
    private static readonly Builtin<object?> s_different = new(
        "other", (state, value, a) => !PythonValue.AreEqual(state.Budget, value, a.Get(0)));
    private static readonly Builtin<object?> s_less = new("other", (state, value, a) => PythonValue.IsLess(state.Budget, value, a.Get(0)));
    private static readonly Builtin<object?> s_lessOrEqual = new(
        "other", (state, value, a) => PythonValue.IsLess(state.Budget, value, a.Get(0), orEqual: true));
    private static readonly Builtin<object?> s_greater = new(
        "other", (state, value, a) => PythonValue.IsLess(state.Budget, a.Get(0), value));
    private static readonly Builtin<object?> s_greaterOrEqual = new(
        "other", (state, value, a) => PythonValue.IsLess(state.Budget, a.Get(0), value, orEqual: true));

    private static readonly Dictionary<string, Builtin<object?>> s_tests = new()
    {
        ["=="] = s_equal,
        ["!="] = s_different,
        ["<"] = s_less,
        ["<="] = s_lessOrEqual,
        [">"] = s_greater,
        [">="] = s_greaterOrEqual,
        ["boolean"] = Of(value => value is bool),
        ["callable"] = Of(value => value is TemplateFunction or LoopState { Recursion: not null }),
        ["defined"] = Of(value => value is not Undefined),
        ["divisibleby"] = new("num", (_, value, a) => (Integer(value) % NotZero(Integer(a.Get(0)))).IsZero),
        ["eq"] = s_equal,
        ["equalto"] = s_equal,
        ["even"] = Of(value => Integer(value).IsEven),
        ["false"] = Of(value => value is false),
        ["filter"] = Of(value => value is TemplateText name && Filters.Exists(name.Value)),
        ["float"] = Of(value => value is double),
        ["ge"] = s_greaterOrEqual,
        ["greaterthan"] = s_greater,
        ["gt"] = s_greater,
        ["in"] = new("seq", (state, value, a) => PythonValue.Contains(state.Budget, a.Get(0), value)),
        ["integer"] = Of(value => value is long or BigInteger),
        ["iterable"] = Of(IsIterable),
        ["le"] = s_lessOrEqual,
        ["lessthan"] = s_less,
        ["lower"] = new("", (state, value, _) => Casing.IsCased(state.Budget, PythonText.Str(state.Budget, value), upper: false)),
        ["lt"] = s_less,
        ["mapping"] = Of(value => value is TemplateMap),
        ["ne"] = s_different,
        ["none"] = Of(value => value is null),
        ["number"] = Of(Numbers.IsNumber),
        ["odd"] = Of(value => !Integer(value).IsEven),
        ["sameas"] = new("other", (state, value, a) => IsSame(state, value, a.Get(0))),
        ["sequence"] = Of(IsIterable),
        ["string"] = Of(value => value is TemplateText),
        ["test"] = Of(value => value is TemplateText name && Exists(name.Value)),
        ["true"] = Of(value => value is true),
        ["undefined"] = Of(value => value is Undefined),
        ["upper"] = new("", (state, value, _) => Casing.IsCased(state.Budget, PythonText.Str(state.Budget, value), upper: true)),
    };

    /// <exception cref="ChatTemplateException">there is no such test</exception>
    public static bool Apply(RenderState state, string name, object? value, Arguments arguments) =>
        s_tests.TryGetValue(name, out Builtin<object?>? test)
        ? test.Invoke(state, name, value, arguments) is true
        : throw new ChatTemplateException($"chat template: there is no test '{name}'");

    private static Builtin<object?> Of(Predicate<object?> holds) => new("", (_, value, _) => holds(value));

    public static bool Exists(string name) => s_tests.ContainsKey(name);

    private static bool IsIterable(object? value) => value is TemplateText or List<object?> or TemplateMap or Undefined;

    /// <summary>The same object; small values that are equal and of one type are the same one.</summary>
    private static bool IsSame(RenderState state, object? x, object? y) => ReferenceEquals(x, y)
        || (x is bool or long or TemplateText && x.GetType() == y?.GetType() && PythonValue.AreEqual(state.Budget, x, y));

    private static BigInteger Integer(object? value) => Numbers.IsInteger(value)
        ? Numbers.ToInteger(value)
        : throw new ChatTemplateException($"chat template: {PythonValue.TypeName(value)} is not an integer");

    private static BigInteger NotZero(BigInteger number) =>
        number.IsZero ? throw new ChatTemplateException("chat template: division by zero") : number;
}
