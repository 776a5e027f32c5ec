using Alignment.Inference.Threading;

namespace Alignment.Inference.Tests.Threading;

/// <summary>What is posted is read once, in order, or refused.</summary>
public sealed class MailboxTests
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_late = TimeSpan.FromSeconds(60);

    private readonly Mailbox _mailbox = new();
    private readonly List<int> _read = [];

    [Fact]
    public void Messages_are_read_in_order_and_what_they_post_waits_for_the_next_reading()
    {
        Assert.True(_mailbox.TryPost(() => _read.Add(1)));
        Assert.True(_mailbox.TryPost(() => _mailbox.TryPost(() => _read.Add(3))));
        Assert.True(_mailbox.TryPost(() => _read.Add(2)));
        _mailbox.Read();
        Assert.Equal([1, 2], _read);
        _mailbox.Read();
        Assert.Equal([1, 2, 3], _read);
    }

    [Fact]
    public void It_has_work_while_a_message_is_there_that_brings_some()
    {
        _mailbox.TryPost(() => _read.Add(1));
        Assert.False(_mailbox.HasWork);
        _mailbox.TryPost(() => Assert.False(_mailbox.HasWork), bringsWork: true);
        Assert.True(_mailbox.HasWork);
        _mailbox.Read();
        Assert.False(_mailbox.HasWork);
    }

    [Fact]
    public async Task Messages_that_were_read_wake_nobody()
    {
        Enumerable.Range(0, 5).ToList().ForEach(i => _mailbox.TryPost(() => _read.Add(i)));
        _mailbox.Read();
        Task waiting = Task.Run(_mailbox.Wait);
        Assert.NotSame(waiting, await Task.WhenAny(waiting, Task.Delay(s_soon)));
        _mailbox.TryPost(() => _read.Add(5));
        await waiting.WaitAsync(s_late);
        Assert.Equal(5, _read.Count);
    }

    [Fact]
    public void A_message_is_there_before_anyone_waits_for_it()
    {
        _mailbox.TryPost(() => _read.Add(1));
        _mailbox.Wait();
        _mailbox.Read();
        Assert.Single(_read);
    }

    [Fact]
    public async Task Waiting_allocates_nothing()
    {
        Task<long> waiting = Task.Run(() =>
        {
            _mailbox.Wait();
            _mailbox.Read();
            long before = GC.GetAllocatedBytesForCurrentThread();
            _mailbox.Wait();
            _mailbox.Read();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
        while (!waiting.IsCompleted)
        {
            _mailbox.TryPost(() => { });
            await Task.Delay(1);
        }

        Assert.Equal(0, await waiting);
    }

    [Fact]
    public async Task Of_messages_that_race_with_the_closing_each_is_read_or_refused()
    {
        for (int round = 0; round < 100; round++)
        {
            var mailbox = new Mailbox();
            int read = 0;
            Task<int> posting = Task.Run(() => Enumerable.Range(0, 200).Count(_ => mailbox.TryPost(() => read++)));
            mailbox.Read();
            mailbox.Close();
            int taken = await posting;
            Assert.False(mailbox.TryPost(() => read++));
            Assert.Equal(taken, read);
        }
    }
}
