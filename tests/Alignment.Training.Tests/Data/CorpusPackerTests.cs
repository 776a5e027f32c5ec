using Alignment.Models.Tokenization;
using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Data.Documents;
using Alignment.Training.Data.Packing;

namespace Alignment.Training.Tests.Data;

public sealed class CorpusPackerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CorpusPacker _packer;
    private readonly Tokenizer _tokenizer;

    public CorpusPackerTests()
    {
        _tokenizer = TrainedTokenizer.Train(_folder.Path);
        string[] rows =
        [
            .. Enumerable.Range(0, 200).Select(
                i => $$"""{"messages":[{"role":"user","content":"question {{i}}"},{"role":"assistant","content":"answer {{i}}"}]}"""),
        ];
        MixSource source = new(_folder.WriteGzip("rows.jsonl.gz", rows), SourceFormat.Dialogue, "test", Weight: 2.5, HeldOut: 0.2);
        _packer = new CorpusPacker(new ChatEncoder(_tokenizer), Corpus.Read(DataMix.Of(source, _folder.Path)));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Held_out_documents_are_packed_once_and_never_trained_on()
    {
        string[] heldOut = Texts(_packer.PackHeldOut());
        string[] training = Texts(_packer.PackTraining(seed: 1));
        Assert.InRange(heldOut.Length, 20, 60);
        Assert.Equal(heldOut.Length, heldOut.Distinct().Count());
        Assert.Empty(heldOut.Intersect(training));
        Assert.Equal(200, heldOut.Concat(training).Distinct().Count());
    }

    [Fact]
    public void A_weight_of_two_and_a_half_repeats_documents_twice_or_three_times_about_equally_often()
    {
        ILookup<int, string> byCopies = Texts(_packer.PackTraining(seed: 1)).GroupBy(text => text).ToLookup(
            group => group.Count(), group => group.Key);
        Assert.Equal([2, 3], byCopies.Select(group => group.Key).Order());
        Assert.InRange(byCopies[3].Count() / (double)byCopies[2].Count(), 0.6, 1.6);
    }

    [Fact]
    public void The_seed_gives_the_order()
    {
        Assert.Equal(Texts(_packer.PackTraining(seed: 1)), Texts(_packer.PackTraining(seed: 1)));
        Assert.NotEqual(Texts(_packer.PackTraining(seed: 1)), Texts(_packer.PackTraining(seed: 2)));
    }

    [Fact]
    public void A_document_knows_the_bytes_of_its_text()
    {
        Assert.All(_packer.PackHeldOut(), document => Assert.Equal(
            _tokenizer.Decode([.. document.Tokens.Select(id => (int)id)]).Length, document.Bytes));
        MixSource source = new(_folder.WriteGzip("signs.txt.gz", "Ça va: 好 😀"), SourceFormat.Stories, HeldOut: 0);
        CorpusPacker packer = new(new ChatEncoder(_tokenizer), Corpus.Read(DataMix.Of(source, _folder.Path)));
        Assert.Equal(16, Assert.Single(packer.PackTraining(seed: 1)).Bytes);
    }

    private string[] Texts(IReadOnlyList<PackedDocument> documents) =>
        [.. documents.Select(document => _tokenizer.Decode([.. document.Tokens.Select(id => (int)id)], skipSpecialTokens: false))];
}
