using Alignment.Tests;
using Alignment.Training.Data.Packing;

namespace Alignment.Training.Tests.Data;

public sealed class PackedTokensTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("train.bin");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Documents_come_back_with_their_boundaries()
    {
        PackedTokensWriter.Write([[0, 5, 6], [0, 7], [0]], vocabularySize: 8, Path);
        PackedTokens packed = PackedTokens.Open(Path);
        Assert.Equal([0, 5, 6, 0, 7, 0], packed.Tokens.ToArray());
        Assert.Equal([0, 3, 5], packed.DocumentStarts.ToArray());
        Assert.Equal(8, packed.VocabularySize);
    }

    [Fact]
    public void Any_changed_or_missing_byte_is_noticed()
    {
        PackedTokensWriter.Write([[0, 5, 6], [0, 7]], vocabularySize: 8, Path);
        byte[] file = File.ReadAllBytes(Path);
        for (int i = 0; i < file.Length; i++)
        {
            byte[] damaged = [.. file];
            damaged[i] ^= 0x80;
            File.WriteAllBytes(Path, damaged);
            Assert.Contains(Path, Assert.Throws<InvalidDataException>(() => PackedTokens.Open(Path)).Message, StringComparison.Ordinal);
            File.WriteAllBytes(Path, file[..i]);
            Assert.Throws<InvalidDataException>(() => PackedTokens.Open(Path));
        }
    }

    [Fact]
    public void A_token_beyond_the_vocabulary_is_refused()
    {
        PackedTokensWriter.Write([[0, 8]], vocabularySize: 8, Path);
        Assert.Throws<InvalidDataException>(() => PackedTokens.Open(Path));
    }
}
