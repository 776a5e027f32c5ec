using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models.Transformers;
using Alignment.Tests.Models;

namespace Alignment.Inference.Tests.HiddenStates;

/// <summary>Edits belong to a path. The oracle is one token a pass with the same edits, no page shared and no engine.</summary>
public sealed class HiddenEditTests
{
    private const int Tokens = 20;

    private static readonly NextTokenRule s_greedy = new() { Temperature = 0 };

    [Theory]
    [InlineData(0), InlineData(7), InlineData(33), InlineData(45)]
    public async Task An_edited_sequence_says_what_a_forward_pass_with_the_edits_says(int firstPosition)
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 2));
        Engine engine = model.Start(new EngineOptions { Pages = 64, PrefillChunk = 10 });
        HiddenEdit[] edits = [new(new(0), model.Vectors, 0, 3), new(new(1, HiddenSite.Attention), model.Vectors, 1, -2, firstPosition)];
        int[] prompt = TinyModel.Prompt(3, 40);
        using var naive = new NaiveDecoder(model.Transformer, 64, touch: (batch, position) => AddEdits(edits, batch, position));
        (double[] _, int[] expected, double[] scores) = naive.Run(prompt, Tokens);
        TokenChoice[] said = await TakeAsync(engine, prompt, edits);
        Assert.Equal(expected, said.Select(choice => choice.Token));
        Assert.All(scores.Zip(said), pair => Assert.Equal(pair.First, pair.Second.LogProbability, 1e-4));
        Assert.NotEqual(expected, (await TakeAsync(engine, prompt, [])).Select(choice => choice.Token));
    }

    /// <summary>Forty-eight tokens are three pages, of which the last token's stays to be computed.</summary>
    [Fact]
    public async Task Pages_are_shared_by_equal_edits_and_never_with_others()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        HiddenEdit edit = new(new(0), model.Vectors, 0, 3);
        HiddenEdit[][] kinds =
        [
            [], [edit], [edit, edit], [edit with { Strength = 2 }], [edit with { Vector = 1 }], [edit with { FirstPosition = 40 }],
            [edit with { Place = new(0, HiddenSite.Attention) }],
        ];
        List<float[]> said = [];
        foreach (HiddenEdit[] edits in kinds)
        {
            (long reused, float[] scores) = await ReuseAsync(engine, edits);
            Assert.Equal(0, reused);
            said.Add(scores);
        }

        Assert.Equal(kinds.Length, said.Select(scores => scores[0]).Distinct().Count());
        foreach ((HiddenEdit[] edits, float[] scores) in kinds.Zip(said))
        {
            (long reused, float[] again) = await ReuseAsync(engine, [.. edits]);
            Assert.Equal(32, reused);
            Assert.Equal(scores, again);
        }
    }

    [Fact]
    public async Task Forks_and_rewinds_keep_the_edits()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        HiddenEdit[] edits = [new(new(1), model.Vectors, 1, 4)];
        int[] prompt = TinyModel.Prompt(5, 30);
        int[] straight = [.. (await TakeAsync(engine, prompt, edits)).Select(choice => choice.Token)];
        (int[] forked, int[] rewound) = await engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(prompt, [], edits: edits);
                await InvarianceSubjects.TakeAsync(sequence, s_greedy, 5);
                using Sequence fork = sequence.Fork(1);
                await InvarianceSubjects.TakeAsync(fork, s_greedy, Tokens - 5);
                await InvarianceSubjects.TakeAsync(sequence, s_greedy, 9);
                sequence.Rewind(prompt.Length + 2);
                await InvarianceSubjects.TakeAsync(sequence, s_greedy, Tokens - 2);
                return (fork.Tokens[prompt.Length..].ToArray(), sequence.Tokens[prompt.Length..].ToArray());
            },
            new SessionOptions(), CancellationToken.None);
        Assert.Equal(straight, forked);
        Assert.Equal(straight, rewound);
    }

    [Fact]
    public async Task Edits_that_do_not_fit_the_model_are_refused()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        using Tensor narrow = model.Transformer.Backend.CreateTensor(1, 4);
        HiddenEdit edit = new(new(0), model.Vectors, 0, 1);
        HiddenEdit[] wrong =
        [
            edit with { Place = new(-1) }, edit with { Place = new(2) }, edit with { Vector = 2 }, edit with { Vectors = narrow },
            edit with { Strength = float.NaN }, edit with { Strength = float.PositiveInfinity }, edit with { FirstPosition = -1 },
        ];
        foreach (HiddenEdit one in wrong)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => TakeAsync(engine, TinyModel.Prompt(1, 9), [one]));
        }
    }

    private static void AddEdits(HiddenEdit[] edits, ForwardBatch batch, int position)
    {
        foreach (HiddenEdit edit in edits.Where(edit => position >= edit.FirstPosition))
        {
            batch.AddEdit(edit.Place, edit.Vectors, new RowEdit(0, 1, edit.Vector, edit.Strength));
        }
    }

    /// <summary>Tokens of the prompt that were reused, and the log-probabilities of what followed.</summary>
    private static Task<(long Reused, float[] LogProbabilities)> ReuseAsync(Engine engine, HiddenEdit[] edits) => engine.RunAsync(
        async session =>
        {
            using Sequence sequence = session.CreateSequence(TinyModel.Prompt(2, 48), [], edits: edits);
            var scores = new float[Tokens];
            for (int i = 0; i < Tokens; i++)
            {
                scores[i] = (await sequence.NextAsync(s_greedy)).LogProbability;
            }

            return (session.ReusedTokens, scores);
        },
        new SessionOptions(), CancellationToken.None);

    private static Task<TokenChoice[]> TakeAsync(Engine engine, int[] prompt, HiddenEdit[] edits) => engine.RunAsync(
        async session =>
        {
            using Sequence sequence = session.CreateSequence(prompt, [], edits: edits);
            var choices = new TokenChoice[Tokens];
            for (int i = 0; i < Tokens; i++)
            {
                TokenChoice choice = await sequence.NextAsync(s_greedy);
                choices[i] = new TokenChoice(0, 0) { Token = choice.Token, LogProbability = choice.LogProbability };
            }

            return choices;
        },
        new SessionOptions(), CancellationToken.None);
}
