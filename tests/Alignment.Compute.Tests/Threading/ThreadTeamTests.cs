using Alignment.Compute.Threading;

namespace Alignment.Compute.Tests.Threading;

public sealed unsafe class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_worker_runs_every_job_once_whether_it_was_awake_or_asleep(int workers)
    {
        using var team = new ThreadTeam(workers);
        int* counts = stackalloc int[workers];
        for (int job = 1; job <= 300; job++)
        {
            if (job % 50 == 0)
            {
                // Longer than workers spin.
                Thread.Sleep(5);
            }

            team.Run(new Count(counts));
            for (int worker = 0; worker < workers; worker++)
            {
                Assert.Equal(job, counts[worker]);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_fault_of_any_worker_reaches_the_caller_and_the_team_goes_on(int faulty)
    {
        using var team = new ThreadTeam(3);
        Assert.Throws<InvalidOperationException>(() => team.Run(new Fail(faulty)));
        int* counts = stackalloc int[3];
        team.Run(new Count(counts));
        Assert.Equal([1, 1, 1], new Span<int>(counts, 3).ToArray());
    }

    [Fact]
    public void Running_a_job_allocates_nothing()
    {
        using var team = new ThreadTeam(2);
        int* counts = stackalloc int[2];
        team.Run(new Count(counts));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            team.Run(new Count(counts));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private readonly struct Count(int* counts) : IParallelJob
    {
        public void Execute(int worker, int workers) => counts[worker]++;
    }

    private readonly struct Fail(int faulty) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            if (worker == faulty)
            {
                throw new InvalidOperationException();
            }
        }
    }
}
