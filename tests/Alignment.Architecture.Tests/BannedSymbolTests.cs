using Alignment.Tests;

namespace Alignment.Architecture.Tests;

/// <summary>
/// The compiler refuses what BannedSymbols.txt names, in every project; a name that does not exist (a package that is not referenced) is
/// let be.
/// </summary>
public sealed class BannedSymbolTests
{
    private static readonly string[] s_lines = File.ReadAllLines(Path.Combine(RepositoryPaths.Root, "BannedSymbols.txt"));

    [Theory]
    [InlineData("M:System.Random.#ctor")]
    [InlineData("P:System.DateTime.UtcNow")]
    [InlineData("M:System.Numerics.Tensors.TensorPrimitives.SoftMax(System.ReadOnlySpan{System.Single},System.Span{System.Single})")]
    [InlineData("M:System.Numerics.Tensors.TensorPrimitives.SoftMax``1(System.ReadOnlySpan{``0},System.Span{``0})")]
    [InlineData("M:System.Numerics.Tensors.Tensor.SoftMax``1(System.Numerics.Tensors.ReadOnlyTensorSpan{``0}@)")]
    public void Is_banned_with_what_to_use_instead(string symbol)
        => Assert.Single(s_lines, line => line.StartsWith(symbol + ";", StringComparison.Ordinal) && line.Length > symbol.Length + 10);
}
