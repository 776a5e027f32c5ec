using Alignment.Models.Configuration;
using Alignment.Models.Transformers;

namespace Alignment.Models.Tests.Transformers;

/// <summary>A pass is as large as was asked for, as far as there is memory for it.</summary>
public sealed class TransformerLimitsTests
{
    /// <summary>Bytes that give 1,000 rows and 888 outputs: a row has 96 numbers, an output 108, and each may take a sixteenth.</summary>
    private const long Some = 16 * 1000 * 96 * 4;

    private static readonly ModelConfig s_config = new()
    {
        ModelType = "llama",
        VocabularySize = 100,
        HiddenSize = 8,
        IntermediateSize = 16,
        Layers = 1,
        Heads = 2,
        KeyValueHeads = 1,
        HeadSize = 4,
        MaxPositions = 10,
    };

    [Theory]
    [InlineData(4096, 1024, 100 * Some, 4096, 1024)]
    [InlineData(4096, 1024, Some, 1000, 888)]
    [InlineData(4096, 1024, 0, 512, 64)]
    [InlineData(7, 3, 0, 7, 3)]
    public void Limits_are_what_was_asked_for_or_what_fits(int rows, int outputs, long available, int maxRows, int maxOutputs)
        => Assert.Equal(new TransformerLimits(maxRows, maxOutputs, 5), new TransformerLimits(rows, outputs, 5).Within(s_config, available));
}
