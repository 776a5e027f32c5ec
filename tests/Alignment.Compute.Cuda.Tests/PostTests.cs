using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Tests.Cpu;

namespace Alignment.Compute.Cuda.Tests;

/// <summary>What one post to the device cannot carry goes in several, and no number tells.</summary>
[Collection(nameof(TestDevice))]
public sealed class PostTests
{
    /// <summary>
    /// A mask of its own for each of many rows, of the largest vocabulary: 21 MB, which rounded up are all that a post holds.
    /// </summary>
    [CudaFact]
    public void Masks_of_many_rows_travel_in_several_posts_and_a_shared_one_once()
    {
        const int Vocabulary = 262_144, Read = 90, Rows = 640;
        using CudaBackend cuda = new();
        using Tensor logits = Inputs.Tensor(cuda, 8, Read, 1, 5);
        NextTokenRule rule = new() { Seed = 3, TopLogProbabilities = 2 };
        TokenMask?[] masks = [.. Enumerable.Range(0, Rows).Select(row => Mask(Vocabulary, Read, token => (token + row) % 7 == 0))];
        NextTokenRow[] rows =
        [
            .. masks.Select(
                (mask, i) => new NextTokenRow(logits, i % 8, Read, [], 0, rule, null, (ulong)i, 4, new TokenChoice(2, 0), Mask: mask)),
        ];
        Assert.InRange(Posts(cuda, rows), 2, 5);
        Assert.All(rows, (row, i) => Assert.Equal(0, (row.Choice.Token + i) % 7));
        foreach (NextTokenRow row in rows.Where((_, i) => i % 97 == 0))
        {
            NextTokenRow alone = row with { Choice = new TokenChoice(2, 0) };
            cuda.ChooseNextTokens([alone]);
            AssertEqual(alone.Choice, row.Choice);
        }

        Assert.Equal(1, Posts(cuda, [.. rows.Select((row, i) => row with { Mask = masks[i % 3] })]));
        Assert.All(rows, (row, i) => Assert.Equal(0, (row.Choice.Token + (i % 3)) % 7));
        Assert.Equal(1, Posts(cuda, [.. rows.Select(row => row with { Mask = null })]));
    }

    /// <summary>Of the largest vocabulary, every token of which has occurred: three megabytes a row.</summary>
    [CudaFact]
    public void Penalties_of_long_prompts_travel_in_several_posts()
    {
        const int Vocabulary = 262_144;
        using CudaBackend cuda = new();
        using Tensor logits = Inputs.Tensor(cuda, 1, Vocabulary, 1, 5);
        NextTokenRule rule = new() { Temperature = 0, FrequencyPenalty = 0.5f };
        NextTokenRow[] rows =
        [
            .. Enumerable.Range(0, 12).Select(i => new NextTokenRow(
                logits, 0, Vocabulary, [], 0, rule, Counts(Vocabulary, i), 0, 4, new TokenChoice(0, 0))),
        ];
        Assert.InRange(Posts(cuda, rows), 4, 12);
        Assert.True(rows.Select(row => row.Choice.Token).Distinct().Count() > 4);
        foreach (NextTokenRow row in rows)
        {
            NextTokenRow alone = row with { Choice = new TokenChoice(0, 0) };
            cuda.ChooseNextTokens([alone]);
            AssertEqual(alone.Choice, row.Choice);
        }
    }

    /// <summary>
    /// Thousands of candidates begin at the end of one long prompt: four million entries of page tables. Three of them have a last page of
    /// their own, where their values must be found.
    /// </summary>
    [CudaFact]
    public void Page_tables_of_many_long_sequences_travel_in_several_posts()
    {
        const int Rows = 4096, Pages = 1040, HeadSize = 4;
        int[] own = [0, 2000, Rows - 1];
        using CudaBackend cuda = new();
        using KvCache cache = cuda.CreateCache(1, Pages + own.Length, 1, HeadSize);
        using Tensor qkv = Inputs.Tensor(cuda, Rows, 3 * HeadSize, 1);
        float[] numbers = Inputs.Read(cuda, qkv, Rows);
        int[] shared = [.. Enumerable.Range(0, Pages)];
        RowSegment[] segments =
        [
            .. Enumerable.Range(0, Rows).Select(row => new RowSegment(
                row, 1, (Pages - 1) * KvCache.PageSize, own.Contains(row) ? [.. shared[..^1], Pages + Array.IndexOf(own, row)] : shared)),
        ];
        RotaryTable rotary = new([1, 0.1], Pages * KvCache.PageSize);
        int post = cuda.Session.Queue.Post;
        cuda.RotateAndStore(qkv, rotary, null, segments, 1, 0, cache);
        Assert.InRange(cuda.Session.Queue.Post - post, 2, 20);
        for (int i = 0; i < own.Length; i++)
        {
            int value = ((own[i] * 3) + 2) * HeadSize;
            Inputs.AssertClose(numbers[value..(value + HeadSize)], FirstValue(cuda, cache, Pages + i), 1e-3);
        }
    }

    /// <summary>Passes of two models in turns, each of a sequence of a thousand pages: every pass adds one page to both.</summary>
    [CudaFact]
    public void Page_tables_of_models_that_take_turns_are_sent_once()
    {
        const int Pages = 1000, HeadSize = 4;
        using CudaBackend cuda = new();
        using KvCache first = cuda.CreateCache(1, 2 * Pages, 1, HeadSize);
        using KvCache second = cuda.CreateCache(1, 2 * Pages, 1, HeadSize);
        using Tensor qkv = Inputs.Tensor(cuda, 1, 3 * HeadSize, 1);
        RotaryTable rotary = new([1, 0.1], Pages * KvCache.PageSize);
        int[] up = [.. Enumerable.Range(0, Pages)], down = [.. up.Reverse()];
        List<long> bytes = [];
        for (int pages = Pages - 3; pages <= Pages; pages++)
        {
            long before = Posted();
            RowSegment row = new(0, 1, (pages - 1) * KvCache.PageSize, up);
            cuda.RotateAndStore(qkv, rotary, null, [row], 1, 0, first);
            cuda.RotateAndStore(qkv, rotary, null, [row with { Pages = down }], 1, 0, second);
            bytes.Add(Posted() - before);
            cuda.Session.Queue.Flush();
        }

        Assert.InRange(bytes[0], 2 * Pages * 8, long.MaxValue);
        Assert.All(bytes[1..], sent => Assert.InRange(sent, 1, Pages * 8));

        // Where the next chunk of this post lies.
        long Posted() => cuda.Session.Queue.Send<int>(1, out _);
    }

    /// <summary>A query that sees one key alone gets its value.</summary>
    private static float[] FirstValue(CudaBackend cuda, KvCache cache, int page)
    {
        using Tensor qkv = cuda.CreateTensor(1, 3 * cache.HeadSize);
        using Tensor output = cuda.CreateTensor(1, cache.HeadSize);
        cuda.Attend(qkv, cache, 0, [new RowSegment(0, 1, 0, [page])], 1, output);
        return Inputs.Read(cuda, output, 1);
    }

    /// <summary>The first tokens as they are allowed, and no other.</summary>
    private static TokenMask Mask(int vocabulary, int first, Func<int, bool> isAllowed)
    {
        TokenMask mask = new(vocabulary);
        for (int token = 0; token < first; token++)
        {
            mask[token] = isAllowed(token);
        }

        return mask;
    }

    private static TokenCounts Counts(int vocabulary, int index)
    {
        TokenCounts counts = new();
        for (int token = 0; token < vocabulary; token++)
        {
            counts.AddResponse(token, 1 + (((token * 7) + index) % 11));
        }

        return counts;
    }

    /// <returns>How many posts the choices took.</returns>
    private static int Posts(CudaBackend cuda, NextTokenRow[] rows)
    {
        int before = cuda.Session.Queue.Post;
        cuda.ChooseNextTokens(rows);
        return cuda.Session.Queue.Post - before;
    }

    private static void AssertEqual(TokenChoice expected, TokenChoice actual)
    {
        Assert.Equal(expected.Token, actual.Token);
        Assert.Equal(expected.LogProbability, actual.LogProbability);
        Assert.Equal(expected.SampledLogProbability, actual.SampledLogProbability);
        Assert.Equal(expected.Top, actual.Top);
    }
}
