using Alignment.Training.Optimizers;

namespace Alignment.Training.Tests.Optimizers;

public sealed class BatchScheduleTests
{
    [Fact]
    public void Every_size_is_kept_for_as_many_updates() => Assert.Equal(
        [2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5], Enumerable.Range(0, 14).Select(new BatchSchedule(2, 5, 14).Size));

    [Theory]
    [InlineData(2, 8, 100), InlineData(2, 8, 7), InlineData(3, 3, 5), InlineData(1, 9, 4), InlineData(1, 2, 1)]
    public void Sequences_before_an_update_are_the_sum_of_the_sizes_before_it(int first, int last, int steps)
    {
        BatchSchedule schedule = new(first, last, steps);
        long sum = 0;
        for (int step = 0; step <= steps; step++)
        {
            Assert.Equal(sum, schedule.Before(step));
            Assert.InRange(schedule.Size(step), first, step < steps ? last : last + 1);
            sum += schedule.Size(step);
        }
    }
}
