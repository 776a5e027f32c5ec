using System.Runtime.InteropServices;

namespace Alignment.Tests.Llama;

/// <summary>
/// The few functions of llama.cpp's C interface that a comparison needs. Parameter structs are opaque blobs of the size that this build
/// returns by value; single fields are set by offset (llama.cpp release v0.5.0, as shipped in npm @node-llama-cpp/linux-x64 3.22.1).
/// </summary>
internal static unsafe partial class LlamaCppApi
{
    private const string Llama = "llama";
    private const string Ggml = "ggml";

    [StructLayout(LayoutKind.Explicit, Size = 80)]
    internal struct ModelParameters;

    [StructLayout(LayoutKind.Explicit, Size = 160)]
    internal struct ContextParameters
    {
        [FieldOffset(0)]
        public uint ContextTokens;

        [FieldOffset(28)]
        public int Threads;

        [FieldOffset(32)]
        public int BatchThreads;

        /// <summary>0 is off; llama.cpp turns it on by itself, and then rounds to f16 inside.</summary>
        [FieldOffset(0x34)]
        public int FlashAttention;

        /// <summary>ggml's type of the cached keys; f16 unless told otherwise.</summary>
        [FieldOffset(0x68)]
        public int KeyType;

        [FieldOffset(0x6c)]
        public int ValueType;
    }

    [StructLayout(LayoutKind.Explicit, Size = 56)]
    internal struct Batch;

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_load_all_from_path", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void LoadBackends(string folder);

    [LibraryImport(Llama, EntryPoint = "llama_model_default_params")]
    internal static partial ModelParameters DefaultModelParameters();

    [LibraryImport(Llama, EntryPoint = "llama_context_default_params")]
    internal static partial ContextParameters DefaultContextParameters();

    [LibraryImport(Llama, EntryPoint = "llama_model_load_from_file", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint LoadModel(string path, ModelParameters parameters);

    [LibraryImport(Llama, EntryPoint = "llama_init_from_model")]
    internal static partial nint CreateContext(nint model, ContextParameters parameters);

    [LibraryImport(Llama, EntryPoint = "llama_batch_get_one")]
    internal static partial Batch BatchOf(int* tokens, int count);

    [LibraryImport(Llama, EntryPoint = "llama_decode")]
    internal static partial int Decode(nint context, Batch batch);

    [LibraryImport(Llama, EntryPoint = "llama_get_logits_ith")]
    internal static partial float* Logits(nint context, int output);

    [LibraryImport(Llama, EntryPoint = "llama_get_memory")]
    internal static partial nint Memory(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_memory_clear")]
    internal static partial void Clear(nint memory, [MarshalAs(UnmanagedType.I1)] bool data);

    [LibraryImport(Llama, EntryPoint = "llama_free")]
    internal static partial void FreeContext(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_model_free")]
    internal static partial void FreeModel(nint model);

    [LibraryImport(Llama, EntryPoint = "llama_log_set")]
    internal static partial void SetLog(delegate* unmanaged<int, byte*, void*, void> callback, void* state);
}
