using System.Text;
using Alignment.Compute.Contract.Random;

namespace Alignment.Models.Tests.Tokenization;

/// <summary>Texts that tokenizers get wrong: scripts, spaces, digits, contractions, emoji, control characters, control tokens.</summary>
internal static class TextCorpus
{
    public static readonly string[] Texts =
    [
        "", " ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", " \n ", "\n \n", "a", " a", "a ", "  a  b   c    ", "\u00a0x\u2003y\u3000z",
        "Hello world", " Hello, world! How are you?", "I'm you're he'd WE'LL they'Ve 'tis 's 'S it's'", "don''t 'x",
        "0 1 12 123 1234 12345678901234567890 3.14159 1,000,000 ½ ²³ ① Ⅷ 四百",
        "def f(x):\n    return x**2  # comment\n\n\tif x:\r\n\t\tpass",
        "{\"key\": [1, 2.5e-3, null], \"a\\nb\": \"\\u00e9\"}",
        "<div class='x'>&amp;</div>",
        "https://example.org/a?b=c&d=%20#e",
        "Zażółć gęślą jaźń",
        "Ärger über Öl – „Größe“",
        "L'été à Noël, ça coûte 5 €",
        "¿Qué pasó? ¡Olé!",
        "Привет, как дела?",
        "Γειά σου Κόσμε",
        "שלום עולם",
        "مرحبا بالعالم",
        "नमस्ते दुनिया",
        "สวัสดีชาวโลก",
        "안녕하세요 세계",
        "こんにちは世界、テストです。",
        "你好，世界！今天天气不错。",
        "Tiếng Việt có dấu",
        "Україна їжак",
        "ქართული",
        "አማርኛ",
        "ትግርኛ 𐌰𐌱𐌲 𝔘𝔫𝔦",
        "😀😃😄 👍🏽 👨‍👩‍👧‍👦 🇩🇪🇫🇷 ❤️‍🔥",
        "e\u0301 vs é, A\u030a vs Å",
        "\u200bzero\u200dwidth\ufeff",
        "a\u0000b\u0001c\u007f",
        "ﬁ ﬂ ǅ ŉ ß ẞ İ ı",
        "…—–‘’“”•†‡",
        "!!!???...---___***",
        "@user #tag $100 50% ~/.config C:\\x",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "antidisestablishmentarianism floccinaucinihilipilification", "ALLCAPS camelCase snake_case "
        + "kebab-case", "x=y;z!=w&&v||u", "\t\t\tindented\n\t\tless\n", "trailing spaces   \nnext",
        "<|endoftext|>",
        "a<|endoftext|>b",
        "<s>x</s>",
        "<|user|>hi<|end|>",
        "<unk>",
        "▁",
        "a▁b",
        "Ġx",
        "<0x0A>",
        "\\n",
        "\ud7ff\ue000",
        "\U0010ffff",
    ];

    /// <summary>A text of up to 24 random code points, drawn from all planes and, more often, from the ranges that matter.</summary>
    public static string Random(ulong index)
    {
        int length = (int)(Philox.Uniform(7, index, 0) * 24);
        var text = new StringBuilder();
        for (uint i = 1; i <= length; i++)
        {
            double range = Philox.Uniform(7, index, 2 * i);
            int most = range switch { < 0.4 => 0x80, < 0.6 => 0x250, < 0.8 => 0x3100, < 0.95 => 0x10000, _ => 0x110000 };
            int point = (int)(Philox.Uniform(7, index, (2 * i) + 1) * most);
            text.Append(Rune.IsValid(point) ? new Rune(point).ToString() : " ");
        }

        return text.ToString();
    }

    /// <summary>Letters, conjoining Hangul and combining marks of several classes in random order.</summary>
    public static string RandomMarks(ulong index)
    {
        const string Alphabet =
            "aeoAK\u00e9\u1ea5\u0915\u093c\u0bc6\u0bbe\u1100\u1161\u11a8\uac00\u0300\u0301\u0302\u0307\u0316\u0323\u0327\u0334\u0345\u05ae\u3099";
        return string.Concat(Enumerable.Range(0, 12).Select(i => Alphabet[(int)(Philox.Uniform(8, index, (uint)i) * Alphabet.Length)]));
    }
}
