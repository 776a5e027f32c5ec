namespace Alignment.Compute.Cuda.Tests.Signatures;

/// <summary>How a number travels in a call.</summary>
internal enum NativeKind
{
    /// <summary>A type that the headers at hand do not define, or a structure.</summary>
    Unknown,

    /// <summary>No value, or behind a pointer any.</summary>
    Void,

    /// <summary>An integer of one byte.</summary>
    Byte,

    /// <summary>An integer of two bytes.</summary>
    Short,

    /// <summary>An integer of four bytes; enumerations too.</summary>
    Int,

    /// <summary>An integer of eight bytes: a device's addresses above all.</summary>
    Long,

    /// <summary>size_t.</summary>
    Size,

    /// <summary>f32.</summary>
    Float,

    /// <summary>f64.</summary>
    Double,

    /// <summary>A pointer; to an unknown type it is a handle.</summary>
    Pointer,

    /// <summary>C#'s <c>nint</c>: a handle, a pointer or a device's address.</summary>
    Address,
}
