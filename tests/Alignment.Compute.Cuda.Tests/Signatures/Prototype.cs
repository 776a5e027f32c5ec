using System.Reflection;

namespace Alignment.Compute.Cuda.Tests.Signatures;

/// <summary>A function's result and parameters.</summary>
internal sealed record Prototype(NativeType Result, NativeType[] Parameters)
{
    public static Prototype Of(MethodInfo method)
        => new(NativeType.Of(method.ReturnType), [.. method.GetParameters().Select(parameter => NativeType.Of(parameter.ParameterType))]);

    /// <summary>Where an import differs from this prototype of a header; null where nowhere.</summary>
    public string? Difference(Prototype import)
    {
        if (Parameters.Length != import.Parameters.Length)
        {
            return $"{Parameters.Length} parameters in the header, {import.Parameters.Length} in C#";
        }

        if (!Result.Accepts(import.Result))
        {
            return $"result: {Result} in the header, {import.Result} in C#";
        }

        int wrong = Enumerable.Range(0, Parameters.Length).FirstOrDefault(i => !Parameters[i].Accepts(import.Parameters[i]), -1);
        return wrong < 0 ? null : $"parameter {wrong + 1}: {Parameters[wrong]} in the header, {import.Parameters[wrong]} in C#";
    }
}
