using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Alignment.Training.Data;
using Alignment.Training.Data.Packing;
using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Rewards.Examples;

/// <summary>The pairs that a reward learns from, and those that it is measured on.</summary>
/// <param name="Mix">Where they come from.</param>
/// <param name="Training">To learn from.</param>
/// <param name="HeldOut">To measure on; no training sees their prompts. There may be none.</param>
/// <param name="LeftOut">What was not used and why, a sentence each.</param>
public sealed record RewardData(
    DataMix Mix, IReadOnlyList<RewardExample> Training, IReadOnlyList<RewardExample> HeldOut, IReadOnlyList<string> LeftOut)
{
    /// <summary>Of all that training sees: tokens, weights and their order.</summary>
    public string Sha256
    {
        get
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Span<byte> numbers = stackalloc byte[3 * sizeof(int)];
            foreach (RewardExample example in Training)
            {
                foreach (ResponseTokens response in (ReadOnlySpan<ResponseTokens>)[example.Chosen, example.Rejected])
                {
                    BinaryPrimitives.WriteInt32LittleEndian(numbers, response.Tokens.Length);
                    BinaryPrimitives.WriteInt32LittleEndian(numbers[sizeof(int)..], response.Start);
                    BinaryPrimitives.WriteSingleLittleEndian(numbers[(2 * sizeof(int))..], example.Weight);
                    hash.AppendData(numbers);
                    hash.AppendData(MemoryMarshal.AsBytes<int>(response.Tokens));
                }
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>Reads a mix.</summary>
    /// <param name="mix">The sources.</param>
    /// <param name="learns">Whether a part is learned from.</param>
    /// <param name="encoder">Texts to tokens.</param>
    /// <param name="maxLength">Most tokens of a response with its prompt; longer pairs are left out.</param>
    /// <exception cref="InvalidDataException">
    /// Rows are malformed, fewer than two pairs are left to learn from, or the mix is one for language models.
    /// </exception>
    public static RewardData Read(DataMix mix, Predicate<DataPart> learns, ChatEncoder encoder, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(mix);
        if (mix.Apart is not null)
        {
            throw new InvalidDataException(
                "'apart' is for the documents of a language model; of a reward's rows, 'except' leaves some out");
        }

        RewardDataReader reader = new(learns, encoder, maxLength);
        foreach (MixSource source in mix.Sources)
        {
            reader.Add(PreferenceReader.Read(mix.Folder, source), source.Limit);
        }

        return reader.Problem() is { } problem
            ? throw new InvalidDataException($"{string.Join(", ", mix.Sources.Select(source => source.Path))}: {problem}")
            : new RewardData(mix, reader.Training, reader.HeldOut, [.. reader.LeftOut()]);
    }
}
