using System.Text.Json;
using Alignment.Models.Tokenization.Normalization;
using Alignment.Tests;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>The normal forms are Unicode's, whether or not the system has ICU.</summary>
public sealed class CanonicalFormTests
{
    [Theory]
    [InlineData("e\u0301", "\u00e9")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("a\u0315\u0300\u05AE\u0300b", "\u00e0\u05AE\u0300\u0315b")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u212B \u2126", "\u00C5 \u03A9")]
    [InlineData("\u1112\u1161\u11AB\u1100\u1173\u11AF", "\uD55C\uAE00")]
    [InlineData("\u09C7\u0334\u09BE", "\u09C7\u0334\u09BE")]
    [InlineData("plain, \u00fcber", "plain, \u00fcber")]
    public void Characters_are_composed(string text, string expected) => Assert.Equal(expected, CanonicalForm.Compose(text));

    [NodeFact("tokenizers")]
    public async Task Every_character_and_random_text_match_another_implementation()
    {
        string[] texts =
        [
            .. Enumerable.Range(0, 0x110000).Where(point => point is < 0xD800 or > 0xDFFF).Chunk(0x400)
                .Select(points => string.Join('|', points.Select(char.ConvertFromUtf32))),
            .. Enumerable.Range(0, 5000).Select(i => TextCorpus.RandomMarks((ulong)i)),
        ];
        using JsonDocument answer = JsonDocument.Parse(
            await NodeOracle.RunAsync("tokenizers/normalize.mjs", JsonSerializer.Serialize(texts)));
        foreach ((string text, JsonElement forms) in texts.Zip(answer.RootElement.EnumerateArray()))
        {
            Assert.Equal(forms.GetProperty("nfc").GetString(), CanonicalForm.Compose(text));
            Assert.Equal(forms.GetProperty("nfd").GetString(), CanonicalForm.Decompose(text));
        }
    }
}
