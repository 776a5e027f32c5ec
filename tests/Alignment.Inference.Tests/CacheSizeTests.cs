using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Inference.Guides;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests;

/// <summary>How many pages a cache gets, how long a request may be, and whether what is said to fit does.</summary>
public sealed class CacheSizeTests
{
    private const long Page = 1000;
    private const long Plenty = 1_000_000_000;

    [Fact]
    public void Every_session_has_room_for_the_longest_length_where_memory_allows()
    {
        CacheSize size = CacheSize.Of(1000, Page, Plenty, new EngineOptions { MaxSessions = 8 });
        Assert.Equal((8 * 63, 1000), (size.Pages, size.MaxLength));
        Assert.Equal((8 * 7, 100), Chosen(CacheSize.Of(1000, Page, Plenty, new EngineOptions { MaxSessions = 8, MaxModelLength = 100 })));
    }

    [Fact]
    public void Memory_bounds_the_pages_and_then_the_length()
    {
        Assert.Equal((250, 1000), Chosen(CacheSize.Of(1000, Page, 1_000_000, new EngineOptions { CacheMemoryFraction = 0.25 })));
        CacheSize reduced = CacheSize.Of(131_072, Page, 1_000_000, new EngineOptions { CacheMemoryFraction = 0.5 });
        Assert.Equal((500, 8000), Chosen(reduced));
        Assert.Equal(
            "8,000 tokens, 488 KiB; max model length 8,000, reduced from the model's 131,072; 1.0 requests of that length at once",
            reduced.ToString());
    }

    [Fact]
    public void Pages_that_are_asked_for_are_taken()
    {
        Assert.Equal((99, 1000), Chosen(CacheSize.Of(1000, Page, Plenty, new EngineOptions { Pages = 99 })));
        Assert.Equal((3, 48), Chosen(CacheSize.Of(1000, Page, Plenty, new EngineOptions { Pages = 3 })));
    }

    [Theory]
    [InlineData(null, 1001, 0.5, "MaxModelLength is 1001, and the model has 1000 positions")]
    [InlineData(10, 161, 0.5, "161 tokens takes 10 KiB in the cache, and Pages is 10")]
    [InlineData(null, 1000, 0.05, "1000 tokens takes 61 KiB in the cache, and CacheMemoryFraction leaves 48 KiB of the 976 KiB")]
    [InlineData(null, null, 0.0005, "16 tokens takes 0 KiB in the cache, and CacheMemoryFraction leaves")]
    [InlineData(1001, null, 0.5, "Pages is 1001: they take 977 KiB, and 976 KiB are available")]
    public void What_does_not_fit_is_refused_with_both_numbers(int? pages, int? length, double fraction, string problem)
    {
        var options = new EngineOptions { Pages = pages, MaxModelLength = length, CacheMemoryFraction = fraction };
        CacheSizeException fault = Assert.Throws<CacheSizeException>(() => CacheSize.Of(1000, Page, 1_000_000, options));
        Assert.Contains(problem, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_engine_sizes_its_cache_and_holds_sequences_to_it()
    {
        await using var model = new TinyModel(new ReferenceBackend());
        Engine engine = model.Start(new EngineOptions { MaxModelLength = 100, MaxSessions = 3 });
        Assert.Equal((21, 100), Chosen(engine.Cache));
        Assert.Equal(2 * 21, engine.Statistics.Pages);
        await Assert.ThrowsAsync<ArgumentException>(() => Run(engine, [101], 1, 0));
        await Assert.ThrowsAsync<MethodFaultException>(() => Run(engine, [90], 1, 11));
        await Run(engine, [90], 1, 10);
    }

    /// <summary>The smallest cache that is said to hold some forks holds them all at once: nobody loses a page.</summary>
    [Fact]
    public async Task What_fits_runs_without_losing_a_page()
    {
        var random = new Random(5);
        for (int run = 0; run < 40; run++)
        {
            int[] prefixes = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(1, 70))];
            (int forks, int tokens) = (random.Next(1, 5), random.Next(1, 40));
            int pages = Enumerable.Range(1, 1000).First(
                count => new CacheSize(count, Page, Math.Min(512, count * 16), 512).Fits(prefixes, forks, tokens));
            await using var model = new TinyModel(new ReferenceBackend());
            Engine engine = model.Start(new EngineOptions { Pages = pages });
            await Run(engine, prefixes, forks, tokens);
            Assert.Equal(0, engine.Statistics.Preemptions);
        }
    }

    /// <summary>Draws all forks in step, so that all of their pages are in use at once.</summary>
    private static Task<bool> Run(Engine engine, int[] prefixes, int forks, int tokens)
    {
        var rule = new NextTokenRule();
        return engine.RunAsync(
            async session =>
            {
                Guide[] guides = [.. prefixes.Skip(1).Select((length, i) => new PromptGuide("prompt", TinyModel.Prompt(i + 1, length), 1))];
                Sequence root = session.CreateSequence(TinyModel.Prompt(0, prefixes[0]), guides, prefixes[0] + tokens);
                await root.NextAsync(rule);
                root.Rewind(prefixes[0]);
                Sequence[] all = [root, .. Enumerable.Range(1, forks - 1).Select(root.Fork)];
                for (int i = 0; i < tokens; i++)
                {
                    await Task.WhenAll(all.Select(sequence => sequence.NextAsync(rule).AsTask()));
                }

                await Task.WhenAll(all.Select(sequence => sequence.ComputeAsync().AsTask()));
                return true;
            },
            new SessionOptions(), CancellationToken.None);
    }

    private static (int Pages, int Length) Chosen(CacheSize size) => (size.Pages, size.MaxLength);
}
