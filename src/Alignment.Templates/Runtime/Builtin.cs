namespace Alignment.Templates.Runtime;

/// <summary>A function of the library: a filter, a test, a method or a global, on the value that it belongs to.</summary>
/// <param name="signature">its parameters, as <see cref="Signature"/> reads them</param>
/// <param name="body">what it does; charges whatever it looks at and makes</param>
internal sealed class Builtin<T>(string signature, Func<RenderState, T, BoundArguments, object?> body)
{
    private const int CallBytes = 100;

    private readonly Signature _signature = new(signature);

    public object? Invoke(RenderState state, string name, T self, Arguments arguments)
    {
        state.Budget.Step();
        state.Budget.Make(CallBytes);
        return body(state, self, _signature.Bind(name, arguments));
    }
}
