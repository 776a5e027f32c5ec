using Alignment.Compute.Contract;
using Alignment.Compute.Contract.Random;
using Alignment.Inference.Guides;

namespace Alignment.Inference.Tests;

/// <summary>A head that is one random matrix, applied on the host.</summary>
internal sealed class MatrixHead(IBackend backend, int hiddenSize, int vocabulary) : ILogitsHead
{
    private readonly float[] _weights =
    [
        .. Enumerable.Range(0, hiddenSize * vocabulary).Select(i => (float)(Philox.Uniform(9, (ulong)i, 0) - 0.5)),
    ];

    public string Name => "matrix";

    public void Project(Tensor hidden, int rows, Tensor logits)
    {
        float[] row = new float[hiddenSize];
        for (int i = 0; i < rows; i++)
        {
            backend.Download(hidden, i, row);
            backend.Upload(Project(row), i, logits);
        }
    }

    public float[] Project(float[] hidden)
        => [.. Enumerable.Range(0, vocabulary).Select(token => hidden.Zip(_weights.Skip(token * hiddenSize), (h, w) => h * w).Sum())];
}
