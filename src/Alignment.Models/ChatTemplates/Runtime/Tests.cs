namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>What may stand after <c>is</c>.</summary>
internal static class Tests
{
    private static readonly Dictionary<string, Func<object?, Arguments, bool>> s_tests = new()
    {
        ["boolean"] = (value, _) => value is bool,
        ["callable"] = (value, _) => value is TemplateFunction,
        ["defined"] = (value, _) => value is not Undefined,
        ["divisibleby"] = (value, a) => Integer(value) % NotZero(a.Integer(0, "num", 1)) == 0,
        ["eq"] = (value, a) => PythonValue.AreEqual(value, a.Required(0, "other")),
        ["equalto"] = (value, a) => PythonValue.AreEqual(value, a.Required(0, "other")),
        ["even"] = (value, _) => Integer(value) % 2 == 0,
        ["false"] = (value, _) => value is false,
        ["float"] = (value, _) => value is double,
        ["ge"] = (value, a) => PythonValue.Compare(value, a.Required(0, "other")) >= 0,
        ["gt"] = (value, a) => PythonValue.Compare(value, a.Required(0, "other")) > 0,
        ["in"] = (value, a) => PythonValue.Contains(a.Required(0, "seq"), value),
        ["integer"] = (value, _) => value is long,
        ["iterable"] = (value, _) => value is string or List<object?> or TemplateMap or Undefined,
        ["le"] = (value, a) => PythonValue.Compare(value, a.Required(0, "other")) <= 0,
        ["lower"] = (value, _) => value is string text && !text.Any(char.IsUpper),
        ["lt"] = (value, a) => PythonValue.Compare(value, a.Required(0, "other")) < 0,
        ["mapping"] = (value, _) => value is TemplateMap,
        ["ne"] = (value, a) => !PythonValue.AreEqual(value, a.Required(0, "other")),
        ["none"] = (value, _) => value is null,
        ["number"] = (value, _) => value is long or double or bool,
        ["odd"] = (value, _) => Integer(value) % 2 != 0,
        ["sameas"] = (value, a) => ReferenceEquals(value, a.Required(0, "other")) || (value is bool or long or string && Equals(value, a.Get(0, "other"))),
        ["sequence"] = (value, _) => value is string or List<object?> or TemplateMap or Undefined,
        ["string"] = (value, _) => value is string,
        ["true"] = (value, _) => value is true,
        ["undefined"] = (value, _) => value is Undefined,
        ["upper"] = (value, _) => value is string text && !text.Any(char.IsLower),
    };

    /// <exception cref="ChatTemplateException">there is no such test</exception>
    public static bool Apply(RenderState state, string name, object? value, Arguments arguments)
    {
        state.Budget.Charge(PythonValue.Size(value));
        return s_tests.TryGetValue(name, out Func<object?, Arguments, bool>? test)
            ? test(value, arguments)
            : throw new ChatTemplateException($"chat template: there is no test '{name}'");
    }

    private static long Integer(object? value) =>
        value is long number ? number : throw new ChatTemplateException($"chat template: {PythonValue.TypeName(value)} is not an integer");

    private static long NotZero(long number) => number != 0 ? number : throw new ChatTemplateException("chat template: division by zero");
}
