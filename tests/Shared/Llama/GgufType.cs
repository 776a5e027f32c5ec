namespace Alignment.Tests.Llama;

/// <summary>ggml's numbers for the types that are written.</summary>
internal enum GgufType
{
    F32 = 0,
    BF16 = 30,
}
