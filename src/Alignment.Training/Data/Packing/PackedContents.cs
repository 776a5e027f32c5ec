using System.Security.Cryptography;

namespace Alignment.Training.Data.Packing;

/// <summary>What the tokens of a packed file mean and where they come from; JSON in the file.</summary>
/// <param name="VocabularySize">Every token is below.</param>
/// <param name="TokenizerSha256">Of <c>tokenizer.json</c>, as <see cref="HashTokenizer"/> gives it.</param>
/// <param name="Sources">In the order of their indices.</param>
public sealed record PackedContents(int VocabularySize, string TokenizerSha256, IReadOnlyList<PackedSource> Sources)
{
    /// <summary>SHA-256 of a tokenizer's file, in hexadecimal: tokens mean nothing without the tokenizer that made them.</summary>
    /// <param name="folder">Has <c>tokenizer.json</c>.</param>
    /// <exception cref="IOException">There is none, or it cannot be read.</exception>
    public static string HashTokenizer(string folder)
    {
        using FileStream file = File.OpenRead(Path.Combine(folder, "tokenizer.json"));
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}

/// <summary>A source of packed documents.</summary>
/// <param name="Path">As its mix names it.</param>
/// <param name="Bytes">UTF-8 bytes of the texts of its documents in this file, each as often as it is there.</param>
public sealed record PackedSource(string Path, long Bytes);
