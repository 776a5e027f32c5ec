using System.Reflection;
using System.Runtime.InteropServices;

namespace Alignment.Tests.Llama;

/// <summary>llama.cpp in this process, one sequence: an independent implementation to agree with, and the peer to be faster than.</summary>
internal sealed unsafe class LlamaCpp : IDisposable
{
    private static string s_folder = string.Empty;
    private readonly nint _model;
    private readonly nint _context;
    private readonly int _vocabulary;

    /// <summary>Loads a GGUF file.</summary>
    /// <param name="libraries">The folder that holds libllama.</param>
    /// <param name="gguf">The model.</param>
    /// <param name="vocabulary">Its size.</param>
    /// <param name="threads">Worker threads.</param>
    /// <param name="exactCache">Keep keys and values in f32 instead of llama.cpp's f16.</param>
    /// <exception cref="InvalidOperationException">llama.cpp refused the file.</exception>
    public LlamaCpp(string libraries, string gguf, int vocabulary, int threads, bool exactCache)
    {
        Resolve(libraries);
        LlamaCppApi.SetLog(&Silence, null);
        LlamaCppApi.LoadBackends(libraries);
        _vocabulary = vocabulary;
        _model = LlamaCppApi.LoadModel(gguf, LlamaCppApi.DefaultModelParameters());
        LlamaCppApi.ContextParameters parameters = LlamaCppApi.DefaultContextParameters();
        parameters.ContextTokens = 512;
        parameters.Threads = threads;
        parameters.BatchThreads = threads;
        if (exactCache)
        {
            (parameters.KeyType, parameters.ValueType, parameters.FlashAttention) = ((int)GgufType.F32, (int)GgufType.F32, 0);
        }

        _context = _model == 0 ? 0 : LlamaCppApi.CreateContext(_model, parameters);
        if (_context == 0)
        {
            throw new InvalidOperationException($"llama.cpp could not load {gguf}.");
        }
    }

    /// <summary>Where the npm package in tests/clients/llama keeps the libraries.</summary>
    public static string PackagedLibraries { get; } =
        Path.Combine(RepositoryPaths.Clients, "llama", "node_modules", "@node-llama-cpp", "linux-x64", "bins", "linux-x64");

    /// <summary>Forgets all tokens.</summary>
    public void Clear() => LlamaCppApi.Clear(LlamaCppApi.Memory(_context), data: false);

    /// <summary>Computes one more token; the logits are valid until the next call.</summary>
    public ReadOnlySpan<float> Append(int token)
    {
        int result = LlamaCppApi.Decode(_context, LlamaCppApi.BatchOf(&token, 1));
        return result == 0
            ? new(LlamaCppApi.Logits(_context, -1), _vocabulary)
            : throw new InvalidOperationException($"llama_decode failed: {result}.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        LlamaCppApi.FreeContext(_context);
        LlamaCppApi.FreeModel(_model);
    }

    private static void Resolve(string libraries)
    {
        if (s_folder.Length == 0)
        {
            s_folder = libraries;
            NativeLibrary.SetDllImportResolver(typeof(LlamaCpp).Assembly, Find);
        }
    }

    /// <summary>The package names its libraries by version (libllama.v0.5.0.so), and each finds the others beside itself.</summary>
    private static nint Find(string name, Assembly assembly, DllImportSearchPath? path)
        => Directory.EnumerateFiles(s_folder, $"lib{name}.*").Order().FirstOrDefault() is { } file ? NativeLibrary.Load(file) : 0;

    [UnmanagedCallersOnly]
    private static void Silence(int level, byte* text, void* state)
    {
    }
}
