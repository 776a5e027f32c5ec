using System.Security.Cryptography;
using System.Text;
using Alignment.Feedback.Records;
using Alignment.Server.Configuration;
using Microsoft.Extensions.Options;

namespace Alignment.Server.Security;

/// <summary>The keys that clients may use. Only hashes are kept and compared, in constant time.</summary>
internal sealed class ApiKeys(IOptions<ServerOptions> options)
{
    private readonly byte[][] _hashes = [.. options.Value.ApiKeys.Select(Hash)];

    /// <summary>Whether a key is asked for at all.</summary>
    public bool AreRequired => _hashes.Length > 0;

    /// <summary>Name of a key that exists, which partitions the prefix cache and the feedback; null for any other.</summary>
    public string? Find(string key)
    {
        byte[] given = Hash(key);
        string? found = null;
        foreach (byte[] hash in _hashes)
        {
            // No early exit: the time must not tell which key was nearly right.
            if (CryptographicOperations.FixedTimeEquals(hash, given))
            {
                found = Tenants.Of(hash);
            }
        }

        return found;
    }

    /// <summary>For the line printed at start.</summary>
    public override string ToString()
        => AreRequired ? $"asked for ({_hashes.Length} configured)" : "none: whoever reaches this address is served";

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
