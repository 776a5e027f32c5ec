using System.Text;

namespace Alignment.Compute.Cuda.Compilation;

/// <summary>The embedded kernels as one translation unit; line numbers in errors are those of the files.</summary>
internal static class KernelSource
{
    private static readonly string[] s_files =
    [
        "common.cuh",
        "tensor.cuh",
        "rows.cu",
        "edits.cu",
        "matmul.cu",
        "matmul_tiles.cu",
        "adapters.cu",
        "attention.cu",
        "next_token.cuh",
        "scores.cu",
        "truncation.cu",
        "choice.cu",
        "random.cu",
        "training.cu",
    ];

    public static string Text { get; } = Join();

    private static string Join()
    {
        StringBuilder text = new();
        foreach (string file in s_files)
        {
            using Stream stream = typeof(KernelSource).Assembly.GetManifestResourceStream(file)
                ?? throw new InvalidOperationException($"{file} is not embedded");
            using StreamReader reader = new(stream);
            text.Append("#line 1 \"").Append(file).Append("\"\n").Append(reader.ReadToEnd());
        }

        return text.ToString();
    }
}
