namespace Alignment.Compute.Contract;

/// <summary>How one number is stored. Arithmetic is always in f32.</summary>
public enum DType
{
    /// <summary>IEEE 754 single precision, 4 bytes.</summary>
    F32,

    /// <summary>IEEE 754 half precision, 2 bytes.</summary>
    F16,

    /// <summary>The upper half of an f32, 2 bytes.</summary>
    Bf16,
}
