using Alignment.Decoding.Responses;

namespace Alignment.Decoding.Tests.Responses;

/// <summary>What waits for a reader is bounded in number and in size.</summary>
public sealed class EventBufferTests
{
    private static readonly TextEvent s_small = new(0, "x", []);

    [Fact]
    public async Task A_writer_that_is_ahead_waits_for_half_the_room()
    {
        var events = new EventBuffer();
        for (int i = 0; i < EventBuffer.MostEvents; i++)
        {
            Assert.True(events.WriteAsync(s_small).AsTask().IsCompletedSuccessfully);
        }

        Task ahead = events.WriteAsync(s_small).AsTask();
        await using IAsyncEnumerator<GenerationEvent> reader = events.ReadAllAsync(CancellationToken.None).GetAsyncEnumerator();
        for (int i = 0; i < (EventBuffer.MostEvents / 2) - 1; i++)
        {
            Assert.True(await reader.MoveNextAsync());
        }

        Assert.False(ahead.IsCompleted);
        Assert.True(await reader.MoveNextAsync());
        await ahead.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task What_is_large_counts_by_its_size_and_may_wait_alone(bool tokens)
    {
        GeneratedToken listed = new(1, "a", [97], -1, [.. Enumerable.Repeat(new TopToken(1, "a", [97], -1), 20)]);
        GenerationEvent large = tokens
            ? new PromptEvent(0, [.. Enumerable.Repeat(listed, EventBuffer.MostBytes / 2048)])
            : new TextEvent(0, new string('x', EventBuffer.MostBytes), []);
        var events = new EventBuffer();
        Assert.True(events.WriteAsync(large).AsTask().IsCompletedSuccessfully);
        Task ahead = events.WriteAsync(large).AsTask();
        Assert.False(ahead.IsCompleted);
        await using IAsyncEnumerator<GenerationEvent> reader = events.ReadAllAsync(CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync());
        await ahead.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Of events that fill the room to its last byte each is taken; one of a byte more waits for half of it to be free.</summary>
    [Theory]
    [InlineData(0, 1), InlineData(2, 2), InlineData(-2, 1)]
    public async Task The_room_is_full_at_its_last_byte_and_half_free_at_half_of_them(int more, int read)
    {
        // An event takes 96 bytes and two for each character.
        const int Half = (EventBuffer.MostBytes / 2) - 96;
        TextEvent[] halves = [.. new[] { Half - more, Half + more }.Select(bytes => new TextEvent(0, new string('x', bytes / 2), []))];
        var events = new EventBuffer();
        Assert.All(halves, half => Assert.True(events.WriteAsync(half).AsTask().IsCompletedSuccessfully));
        Task ahead = events.WriteAsync(new TextEvent(0, "", [])).AsTask();
        Assert.False(ahead.IsCompleted);
        await using IAsyncEnumerator<GenerationEvent> reader = events.ReadAllAsync(CancellationToken.None).GetAsyncEnumerator();
        for (int i = 1; i <= read; i++)
        {
            Assert.False(ahead.IsCompleted);
            Assert.True(await reader.MoveNextAsync());
        }

        await ahead.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Closing_ends_who_waits_to_write_and_loses_nothing_that_is_written()
    {
        var events = new EventBuffer();
        Task[] writes = [.. Enumerable.Range(0, EventBuffer.MostEvents + 3).Select(_ => events.WriteAsync(s_small).AsTask())];
        events.Close();
        Assert.All(writes[..EventBuffer.MostEvents], write => Assert.True(write.IsCompletedSuccessfully));
        foreach (Task write in writes[EventBuffer.MostEvents..])
        {
            await Assert.ThrowsAsync<OperationCanceledException>(() => write.WaitAsync(TimeSpan.FromSeconds(30)));
        }

        await Assert.ThrowsAsync<OperationCanceledException>(async () => await events.WriteAsync(s_small));
        int read = 0;
        await foreach (GenerationEvent next in events.ReadAllAsync(CancellationToken.None))
        {
            read += next == s_small ? 1 : 0;
        }

        Assert.Equal(EventBuffer.MostEvents, read);
    }
}
