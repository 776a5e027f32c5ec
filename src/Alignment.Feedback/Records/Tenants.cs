using System.Security.Cryptography;
using System.Text;

namespace Alignment.Feedback.Records;

/// <summary>What a key is called where it must not be known: no key is stored.</summary>
public static class Tenants
{
    /// <summary>Everybody, where no key is asked for.</summary>
    public const string Anonymous = "anonymous";

    private const int Bytes = 8;

    /// <summary>The first 16 hexadecimal digits of the key's SHA-256, in lower case as <c>sha256sum</c> prints them.</summary>
    public static string Of(string key) => Of(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>The same, by the key's SHA-256.</summary>
    public static string Of(byte[] sha256) => Convert.ToHexStringLower(sha256, 0, Bytes);
}
