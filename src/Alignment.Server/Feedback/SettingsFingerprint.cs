using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Alignment.Decoding.Requests;

namespace Alignment.Server.Feedback;

/// <summary>
/// What two answers have in common that were decoded in the same way: guidance, search and sampling as they were in force, with profile and
/// floors, and without the seed.
/// </summary>
internal static class SettingsFingerprint
{
    private const int Bytes = 8;

    private static readonly JsonSerializerOptions s_json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>16 hexadecimal digits.</summary>
    public static string Of(GenerationRequest request)
    {
        // As an object: a search is written as what it is.
        byte[] settings = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                request.Alignment.Guidance,
                Search = (object?)request.Alignment.Search,
                Sampling = request.Sampling with { Seed = 0 },
            },
            s_json);
        return Convert.ToHexStringLower(SHA256.HashData(settings), 0, Bytes);
    }
}
