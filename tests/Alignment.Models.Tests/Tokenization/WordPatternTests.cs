using Alignment.Models.Tokenization.Expressions;
using Alignment.Models.Tokenization.PreTokenizers;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>The scanners cut every text as the expressions that they stand for.</summary>
public sealed class WordPatternTests
{
    public static TheoryData<string> Expressions =>
        new(WordPattern.Gpt2.Expression, WordPattern.Llama3.Expression, WordPattern.Qwen2.Expression);

    [Theory]
    [MemberData(nameof(Expressions))]
    public void A_scanner_is_its_expression(string source)
    {
        WordPattern scanner = WordPattern.Find(source)!;
        var expression = Expression.Parse(source);
        string[] texts =
        [
            .. TextCorpus.Texts, "'\u017F", "it'\u017F 'S 'LL 'lL 'Re 'VE '", .. Enumerable.Range(0, 3000).Select(
                i => TextCorpus.Random((ulong)i)),
            .. Enumerable.Range(0, 3000).Select(i => RandomExpression.Text((ulong)i)),
        ];
        foreach (string text in texts)
        {
            List<string> words = [];
            for (int start = 0; start < text.Length; start += words[^1].Length)
            {
                words.Add(text.Substring(start, scanner.FirstWord(text.AsSpan(start))));
            }

            Assert.Equal(expression.Matches(text).Select(match => text.Substring(match.Start, match.Length)), words);
        }
    }
}
