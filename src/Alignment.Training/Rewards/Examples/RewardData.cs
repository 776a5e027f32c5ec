using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Alignment.Training.Data;
using Alignment.Training.Data.Packing;
using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Rewards.Examples;

/// <summary>The pairs that a reward learns from, and those that it is measured on.</summary>
/// <param name="Mix">Where they come from.</param>
/// <param name="Training">To learn from.</param>
/// <param name="HeldOut">To measure on; no training sees their prompts. There may be none.</param>
/// <param name="LeftOut">What was not used and why, a sentence each.</param>
/// <remarks>
/// An objective that learns from single responses learns from <see cref="Rated"/>, and is measured on pairs all the same where there are
/// any.
/// </remarks>
public sealed record RewardData(
    DataMix Mix, IReadOnlyList<RewardExample> Training, IReadOnlyList<RewardExample> HeldOut, IReadOnlyList<string> LeftOut)
{
    /// <summary>Single responses to learn from; empty unless asked for.</summary>
    public IReadOnlyList<RatedExample> Rated { get; init; } = [];

    /// <summary>Names of the numbers in each of <see cref="Rated"/>.</summary>
    public IReadOnlyList<string> Attributes { get; init; } = [];

    /// <summary>Of all that training sees: tokens, labels, weights and their order.</summary>
    public string Sha256
    {
        get
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (RewardExample example in Training)
            {
                Append(hash, example.Chosen);
                Append(hash, example.Rejected);
                double[] labels = [example.Weight, example.Margin, example.Agreement ?? double.NaN];
                hash.AppendData(MemoryMarshal.AsBytes<double>(labels));
                hash.AppendData(Encoding.UTF8.GetBytes($"{example.Source}\n{example.User}\n"));
            }

            foreach (RatedExample example in Rated)
            {
                Append(hash, example.Response);
                hash.AppendData(MemoryMarshal.AsBytes<double>([example.Weight, .. example.Ratings]));
            }

            hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', Attributes)));
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>Reads a mix.</summary>
    /// <param name="mix">The sources.</param>
    /// <param name="learns">Whether a part is learned from.</param>
    /// <param name="encoder">Texts to tokens.</param>
    /// <param name="maxLength">Most tokens of a response with its prompt; longer pairs are left out.</param>
    /// <param name="kind">What is learned from.</param>
    /// <exception cref="InvalidDataException">
    /// Rows are malformed, fewer than two are left to learn from, or the mix is one for language models.
    /// </exception>
    public static RewardData Read(
        DataMix mix, Predicate<DataPart> learns, ChatEncoder encoder, int maxLength, ExampleKind kind = ExampleKind.Pairs)
    {
        ArgumentNullException.ThrowIfNull(mix);
        if (mix.Apart is not null)
        {
            throw new InvalidDataException(
                "'apart' is for the documents of a language model; of a reward's rows, 'except' leaves some out");
        }

        RewardDataReader reader = new(learns, encoder, maxLength, kind);
        foreach (MixSource source in mix.Sources)
        {
            reader.Add(PreferenceReader.Read(mix.Folder, source), source.Limit);
            if (kind is ExampleKind.Thumbs or ExampleKind.Ratings)
            {
                reader.Add(RatingReader.Read(mix.Folder, source, kind == ExampleKind.Thumbs), source.Limit);
            }
        }

        return reader.Problem() is { } problem
            ? throw new InvalidDataException($"{string.Join(", ", mix.Sources.Select(source => source.Path))}: {problem}")
            : new RewardData(mix, reader.Training, reader.HeldOut, [.. reader.LeftOut()])
            {
                Rated = reader.Rated(),
                Attributes = reader.Attributes,
            };
    }

    private static void Append(IncrementalHash hash, ResponseTokens response)
    {
        Span<byte> numbers = stackalloc byte[2 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(numbers, response.Tokens.Length);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[sizeof(int)..], response.Start);
        hash.AppendData(numbers);
        hash.AppendData(MemoryMarshal.AsBytes<int>(response.Tokens));
    }
}
