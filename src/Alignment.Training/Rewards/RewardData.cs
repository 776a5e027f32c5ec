using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Alignment.Training.Data;
using Alignment.Training.Data.Packing;
using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Rewards;

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
    /// <exception cref="InvalidDataException">Rows are malformed, or fewer than two pairs are left to learn from.</exception>
    public static RewardData Read(DataMix mix, Predicate<DataPart> learns, ChatEncoder encoder, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(mix);
        List<RewardExample> training = [];
        List<RewardExample> heldOut = [];
        (int rows, int usable, int tooLong, int shortest) = (0, 0, 0, int.MaxValue);
        foreach (MixSource source in mix.Sources)
        {
            IReadOnlyList<PreferencePair> pairs = PreferenceReader.Read(mix.Folder, source);
            PreferencePair[] good = [.. pairs.Where(pair => pair.IsUsable)];
            (rows, usable) = (rows + pairs.Count, usable + good.Length);
            training.AddRange(Encode(good.Where(pair => pair.Part != DataPart.HeldOut && learns(pair.Part)).Take(source.Limit)));
            heldOut.AddRange(Encode(good.Where(pair => pair.Part == DataPart.HeldOut).Take(source.Limit)));
        }

        string name = string.Join(", ", mix.Sources.Select(source => source.Path));
        string? problem = rows == 0 ? "the rows make no pair of a better and a worse response to compare"
            : usable == 0 ? "no row has two different answers to a prompt"
            : training.Count + heldOut.Count == 0 && tooLong > 0
                ? Text($"all {tooLong} pairs are too long: the shortest has {shortest} tokens, the limit is {maxLength} ")
                + "(--max-length, and the model's context)"
            : usable == 1 ? "there is one pair only; learning takes at least two"
            : training.Count < 2
                ? Text($"{training.Count} of {usable} pairs left to learn from ({heldOut.Count} held out, {tooLong} too long); ")
                + "learning takes at least two"
            : null;
        return problem is not null
            ? throw new InvalidDataException($"{name}: {problem}")
            : new RewardData(mix, training, heldOut, [.. LeftOut()]);

        IEnumerable<RewardExample> Encode(IEnumerable<PreferencePair> pairs)
        {
            foreach (RewardExample example in pairs.Select(pair => RewardExample.Of(pair, encoder)))
            {
                if (example.Length <= maxLength)
                {
                    yield return example;
                }
                else
                {
                    (tooLong, shortest) = (tooLong + 1, Math.Min(shortest, example.Length));
                }
            }
        }

        IEnumerable<string> LeftOut()
        {
            if (rows > usable)
            {
                yield return Text($"{rows - usable} of {rows} pairs have no two different answers to a prompt");
            }

            if (tooLong > 0)
            {
                yield return Text($"{tooLong} pairs have more than {maxLength} tokens");
            }
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
