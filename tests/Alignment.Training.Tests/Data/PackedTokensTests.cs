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
        Write(new([0, 5, 6], 1, 7), new([0, 7], 0, 5), new([0], 1, 4));
        PackedTokens packed = PackedTokens.Open(Path);
        Assert.Equal([0, 5, 6, 0, 7, 0], packed.Tokens.ToArray());
        Assert.Equal([0, 3, 5], packed.DocumentStarts.ToArray());
        Assert.Equal([1, 0, 1], packed.DocumentSources.ToArray());
        Assert.Equal((8, "abc"), (packed.VocabularySize, packed.Contents.TokenizerSha256));
        Assert.Equal([new PackedSource("one", 5), new PackedSource("two", 11)], packed.Contents.Sources);
    }

    [Fact]
    public void Any_changed_or_missing_byte_is_noticed()
    {
        Write(new([0, 5, 6], 0, 3), new([0, 7], 1, 4));
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
        Write(new PackedDocument([0, 8], 0, 1));
        Assert.Throws<InvalidDataException>(() => PackedTokens.Open(Path));
    }

    private void Write(params PackedDocument[] documents) =>
        PackedTokensWriter.Write(documents, ["one", "two"], vocabularySize: 8, "abc", Path);
}
