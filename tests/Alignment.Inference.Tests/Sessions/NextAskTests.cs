using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Inference.Guides;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Sessions;

/// <summary>A step answers with a choice, and on demand with the hidden state that it was made from.</summary>
public sealed class NextAskTests
{
    private const int Tokens = 5;

    [Fact]
    public async Task Choice_and_hidden_state_come_from_one_row()
    {
        await using var model = new TinyModel(new ReferenceBackend());
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        int[] prompt = TinyModel.Prompt(0, 20);
        Guide[] guides = [new AdapterGuide(model.Adapter, 1)];
        List<float[]> states = [], expected = [];
        long rows = await engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(prompt, guides);
                for (int i = 0; i < Tokens; i++)
                {
                    await sequence.NextAsync(new NextTokenRule(), withHidden: true);
                    states.Add(sequence.LastHidden.ToArray());
                }

                long used = session.ForwardTokens;
                await CollectAsync(session, sequence.Tokens[..^1].ToArray(), expected);
                return used;
            },
            new SessionOptions(), CancellationToken.None);
        Assert.Equal(2 * (prompt.Length + Tokens - 1), rows);
        Assert.Equal(expected, states);
    }

    [Fact]
    public async Task A_step_that_does_not_ask_for_the_hidden_state_leaves_the_last_one()
    {
        await using var model = new TinyModel(new ReferenceBackend());
        await model.Start(new EngineOptions { Pages = 64 }).RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(TinyModel.Prompt(0, 20), []);
                await sequence.NextAsync(new NextTokenRule(), withHidden: true);
                float[] before = sequence.LastHidden.ToArray();
                await sequence.NextAsync(new NextTokenRule());
                Assert.Equal(before, sequence.LastHidden.ToArray());
                await sequence.ComputeAsync();
                Assert.NotEqual(before, sequence.LastHidden.ToArray());
                return true;
            },
            new SessionOptions(), CancellationToken.None);
    }

    /// <summary>The state of each of the last tokens, asked for on its own.</summary>
    private static async Task CollectAsync(Session session, int[] tokens, List<float[]> states)
    {
        for (int length = tokens.Length - Tokens + 1; length <= tokens.Length; length++)
        {
            using Sequence prefix = session.CreateSequence(tokens.AsSpan(0, length), []);
            await prefix.ComputeAsync();
            states.Add(prefix.LastHidden.ToArray());
        }
    }
}
