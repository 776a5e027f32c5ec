using System.Collections.Concurrent;
using Alignment.Feedback.Records;
using Alignment.Feedback.Storage;
using Alignment.Tests;
using Microsoft.Data.Sqlite;

namespace Alignment.Feedback.Tests;

public sealed class FeedbackStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _path;

    public FeedbackStoreTests() => _path = _folder.File("feedback.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Feedback_comes_behind_the_answer_that_it_is_about()
    {
        await using FeedbackStore store = Store();
        for (int i = 0; i < 500; i++)
        {
            store.Remember(Recent($"c{i}"));
            FeedbackOutcome outcome = await store.AddAsync(Samples.Thumb($"c{i}", true));
            Assert.True(outcome.IsKnown, $"c{i}");
        }

        Assert.Equal((500, 500), (store.Statistics.Remembered, store.Statistics.Judged));
        Assert.InRange(store.Statistics.Bytes, 1, 1 << 24);
        Assert.False((await store.AddAsync(Samples.Thumb("c1", true, tenant: "b"))).IsKnown);
    }

    [Fact]
    public async Task What_waits_is_written_before_the_store_is_gone()
    {
        FeedbackStore store = Store();
        for (int i = 0; i < 300; i++)
        {
            store.Remember(Recent($"c{i}"));
        }

        await store.DisposeAsync();
        using FeedbackDatabase database = FeedbackDatabase.OpenExisting(_path);
        Assert.True(database.Put(Samples.Thumb("c299", true)).IsKnown);
    }

    [Fact]
    public async Task A_database_that_is_locked_costs_answers_and_no_time()
    {
        FeedbackDatabase.Open(_path).Dispose();
        ConcurrentQueue<FeedbackFault> told = [];
        await using FeedbackStore store = Store(told);
        using (var other = new SqliteConnection($"Data Source={_path};Pooling=false"))
        {
            other.Open();
            using SqliteTransaction holds = other.BeginTransaction();
            store.Remember(Recent("lost"));
            Task<FeedbackOutcome> feedback = store.AddAsync(Samples.Thumb("lost", true));
            Assert.False(feedback.IsCompleted);
            var fault = await Assert.ThrowsAsync<FeedbackUnavailableException>(() => feedback);
            Assert.Equal(FeedbackFault.Locked, fault.Fault);
        }

        store.Remember(Recent("kept"));
        Assert.True((await store.AddAsync(Samples.Thumb("kept", true))).IsKnown);
        Assert.Equal((1, 1), (store.Statistics.Remembered, store.Statistics.Lost));
        Assert.Contains(FeedbackFault.Locked, told);
    }

    [Fact]
    public async Task More_than_can_wait_is_counted_and_not_remembered()
    {
        FeedbackDatabase.Open(_path).Dispose();
        ConcurrentQueue<FeedbackFault> told = [];
        await using FeedbackStore store = Store(told);
        using var other = new SqliteConnection($"Data Source={_path};Pooling=false");
        other.Open();
        using (SqliteTransaction holds = other.BeginTransaction())
        {
            for (int i = 0; i < 5000; i++)
            {
                store.Remember(Recent($"c{i}"));
            }

            store.Remember(Recent("long", choices: [new string('x', FeedbackStore.MaxLength)]));
            Assert.InRange(store.Statistics.Crowded, 1, 5000);
            var busy = await Assert.ThrowsAsync<FeedbackUnavailableException>(() => store.AddAsync(Samples.Thumb("c0", true)));
            Assert.Equal(FeedbackFault.Busy, busy.Fault);
            Assert.Contains(FeedbackFault.Busy, told);
            Assert.Equal(1, store.Statistics.TooLong);
        }
    }

    [Fact]
    public async Task A_file_that_was_removed_is_made_again_and_not_written_into_the_void()
    {
        await using FeedbackStore store = Store();
        store.Remember(Recent("first"));
        Assert.True((await store.AddAsync(Samples.Thumb("first", true))).IsKnown);
        File.Delete(_path);
        store.Remember(Recent("second"));
        Assert.True((await store.AddAsync(Samples.Thumb("second", true))).IsKnown);
        using FeedbackDatabase database = FeedbackDatabase.OpenExisting(_path);
        Assert.Equal(["second"], database.Judged());
    }

    [Fact]
    public async Task What_is_too_old_goes_when_the_store_starts()
    {
        using (FeedbackDatabase database = FeedbackDatabase.Open(_path))
        {
            database.Put(Samples.Completion("old", created: Samples.Noon - TimeSpan.FromDays(1000)), Recent("recent"));
        }

        await using FeedbackStore store = Store();
        Assert.False((await store.AddAsync(Samples.Thumb("old", true))).IsKnown);
        Assert.True((await store.AddAsync(Samples.Thumb("recent", true))).IsKnown);
        Assert.Equal(1, store.Statistics.Deleted);
    }

    private static CompletionRecord Recent(string id, params string[] choices)
        => Samples.Completion(id, created: TimeProvider.System.GetUtcNow(), choices: choices);

    private FeedbackStore Store(ConcurrentQueue<FeedbackFault>? told = null)
        => new(_path, Samples.Roomy, TimeProvider.System, fault => told?.Enqueue(fault.Fault));
}
