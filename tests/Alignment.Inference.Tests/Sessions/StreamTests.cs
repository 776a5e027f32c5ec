using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Sessions;

/// <summary>A draw names its random stream: what is rewound comes back the same, what is drawn again does not.</summary>
public sealed class StreamTests
{
    private const int Attempts = 20;
    private const int Segment = 6;

    private static readonly NextTokenRule s_hot = new() { Temperature = 2, Seed = 4 };

    [Fact]
    public async Task Twenty_redraws_give_twenty_segments_and_rewinds_give_one()
    {
        await using var model = new TinyModel(new ReferenceBackend());
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        int[][] redrawn = await SegmentsAsync(engine, static (sequence, length) => sequence.Redraw(length));
        int[][] rewound = await SegmentsAsync(engine, static (sequence, length) => sequence.Rewind(length));
        Assert.Equal(Attempts, redrawn.Select(segment => string.Join(' ', segment)).Distinct().Count());
        Assert.All(rewound, segment => Assert.Equal(redrawn[0], segment));
        Assert.Equal(redrawn, await SegmentsAsync(engine, static (sequence, length) => sequence.Redraw(length)));
    }

    [Fact]
    public void Attempts_of_candidates_are_apart_and_the_first_is_the_candidates_number()
    {
        Assert.Equal([0, 1, 2], StreamId.Candidates(3).Select(stream => (int)stream.Word));
        Assert.Equal(7UL | (3UL << 32), new StreamId(7, 3).Word);
    }

    [Fact]
    public async Task A_fork_draws_its_own_first_attempt()
    {
        await using var model = new TinyModel(new ReferenceBackend());
        await model.Start(new EngineOptions { Pages = 64 }).RunAsync(
            session =>
            {
                using Sequence sequence = session.CreateSequence(TinyModel.Prompt(0, 20), []);
                sequence.Redraw(20);
                using Sequence fork = sequence.Fork(5);
                Assert.Equal((new StreamId(0, 1), new StreamId(5)), (sequence.Stream, fork.Stream));
                return ValueTask.FromResult(true);
            },
            new SessionOptions(), CancellationToken.None);
    }

    private static Task<int[][]> SegmentsAsync(Engine engine, Action<Sequence, int> back) => engine.RunAsync(
        async session =>
        {
            using Sequence sequence = session.CreateSequence(TinyModel.Prompt(0, 20), []);
            int[][] segments = new int[Attempts][];
            for (int i = 0; i < Attempts; i++)
            {
                for (int token = 0; token < Segment; token++)
                {
                    await sequence.NextAsync(s_hot);
                }

                segments[i] = sequence.Tokens[20..].ToArray();
                back(sequence, 20);
            }

            return segments;
        },
        new SessionOptions(), CancellationToken.None);
}
