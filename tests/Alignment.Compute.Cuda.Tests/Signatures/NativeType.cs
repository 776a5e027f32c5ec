using System.Reflection;
using System.Runtime.InteropServices;

namespace Alignment.Compute.Cuda.Tests.Signatures;

/// <summary>A parameter's type, as C or as C# declares it.</summary>
internal sealed record NativeType(NativeKind Kind, NativeType? Target = null)
{
    /// <summary>What the marshaller makes of a C# type.</summary>
    public static NativeType Of(Type type) => type switch
    {
        _ when type == typeof(string) => PointerTo(new NativeType(NativeKind.Byte)),
        { IsFunctionPointer: true } => PointerTo(new NativeType(NativeKind.Unknown)),
        { HasElementType: true } => PointerTo(Of(type.GetElementType()!)),
        { IsEnum: true } => Of(Enum.GetUnderlyingType(type)),
        _ => new NativeType(KindOf(type)),
    };

    public static NativeType PointerTo(NativeType target) => new(NativeKind.Pointer, target);

    /// <summary>Whether a C# parameter passes what this parameter of a header expects.</summary>
    public bool Accepts(NativeType managed) => (Kind, managed.Kind) switch
    {
        (NativeKind.Pointer, NativeKind.Address) => true,
        (NativeKind.Long, NativeKind.Address) => true,
        (NativeKind.Pointer, NativeKind.Pointer) => Target!.Kind is NativeKind.Unknown or NativeKind.Void
            || managed.Target!.Kind is NativeKind.Void
            || Target.Accepts(managed.Target),
        (NativeKind.Unknown, _) => false,
        _ => Kind == managed.Kind,
    };

    /// <inheritdoc/>
    public override string ToString() => Kind == NativeKind.Pointer ? $"pointer to {Target}" : Kind.ToString();

    private static NativeKind KindOf(Type type) => type switch
    {
        _ when type == typeof(void) => NativeKind.Void,
        _ when type == typeof(nint) => NativeKind.Address,
        _ when type == typeof(nuint) => NativeKind.Size,
        _ when type == typeof(float) => NativeKind.Float,
        _ when type == typeof(double) => NativeKind.Double,
        { IsPrimitive: true } =>
            Marshal.SizeOf(type) switch { 1 => NativeKind.Byte, 2 => NativeKind.Short, 4 => NativeKind.Int, _ => NativeKind.Long },
        _ => NativeKind.Unknown,
    };
}
