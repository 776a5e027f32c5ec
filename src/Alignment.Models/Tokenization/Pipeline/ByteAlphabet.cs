namespace Alignment.Models.Tokenization.Pipeline;

/// <summary>
/// GPT-2's spelling of bytes as printable characters, so that a vocabulary of arbitrary bytes can be written as JSON strings: printable
/// Latin-1 stands for itself, the other 68 bytes are U+0100 onwards in order.
/// </summary>
public static class ByteAlphabet
{
    private const int Extra = 0x100;
    private static readonly char[] s_characters = BuildCharacters();
    private static readonly short[] s_bytes = BuildBytes();

    /// <summary>The character that stands for a byte.</summary>
    public static char Character(byte value) => s_characters[value];

    /// <summary>The byte that a character stands for, or -1 where it stands for none.</summary>
    public static int Byte(char character) => character < s_bytes.Length ? s_bytes[character] : -1;

    /// <summary>The UTF-8 bytes of a text, spelled as characters.</summary>
    public static string Spell(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[System.Text.Encoding.UTF8.GetByteCount(text)];
        System.Text.Encoding.UTF8.GetBytes(text, bytes);
        return string.Create(bytes.Length, bytes, static (characters, source) =>
        {
            for (int i = 0; i < source.Length; i++)
            {
                characters[i] = s_characters[source[i]];
            }
        });
    }

    private static char[] BuildCharacters()
    {
        char[] characters = new char[256];
        int extra = Extra;
        for (int value = 0; value < characters.Length; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = printable ? (char)value : (char)extra++;
        }

        return characters;
    }

    private static short[] BuildBytes()
    {
        short[] bytes = new short[s_characters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < s_characters.Length; value++)
        {
            bytes[s_characters[value]] = (short)value;
        }

        return bytes;
    }
}
