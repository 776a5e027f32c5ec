using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models.Transformers;
using Alignment.Tests.Models;

namespace Alignment.Inference.Tests.HiddenStates;

/// <summary>States inside the layers come with what an ask computes anyway, to the bit those of one token a pass.</summary>
public sealed class HiddenTapTests
{
    private const int Tokens = 12;

    private static readonly HiddenPlace[] s_places = [new(1), new(0, HiddenSite.Attention), new(0)];
    private static readonly NextTokenRule s_greedy = new() { Temperature = 0 };

    /// <summary>Five sequences want fifteen states of passes that have room for eight: each waits for its turn, and no bit tells.</summary>
    [Theory]
    [InlineData(1), InlineData(5)]
    public async Task Taps_are_those_of_a_forward_pass_of_one_token(int crowd)
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 2));
        Engine engine = model.Start(new EngineOptions { Pages = 128, PrefillChunk = 9 });
        float[][][][] tapped = await Task.WhenAll(Enumerable.Range(0, crowd).Select(i => TapAsync(engine, TinyModel.Prompt(i, 20))));
        for (int i = 0; i < crowd; i++)
        {
            Assert.Equal(Expected(model.Transformer, TinyModel.Prompt(i, 20)), tapped[i]);
        }
    }

    [Fact]
    public async Task What_is_computed_can_be_tapped_and_edits_are_seen()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 128 });
        float[][] plain = await ComputeAsync(engine, []);
        float[][] edited = await ComputeAsync(engine, [new(new(0), model.Vectors, 0, 2, FirstPosition: 19)]);
        Assert.Equal(Expected(model.Transformer, TinyModel.Prompt(0, 20))[0], plain);
        Assert.Equal(plain[1], edited[1]);
        float[] vector = new float[plain[2].Length];
        model.Transformer.Backend.Download(model.Vectors, 0, vector);
        Assert.All(plain[2].Zip(vector, edited[2]), states => Assert.Equal(states.First + (2 * states.Second), states.Third, 1e-4f));
    }

    [Fact]
    public async Task Taps_that_no_pass_has_are_refused()
    {
        await using var model = new TinyModel(CpuBackend.Create(threads: 1));
        Engine engine = model.Start(new EngineOptions { Pages = 128 });
        foreach (HiddenPlace[] places in new HiddenPlace[][]
        {
            [new(2)], [new(-1)], [.. Enumerable.Repeat(new HiddenPlace(0), TinyModel.MaxTaps + 1)],
        })
        {
            await Assert.ThrowsAsync<ArgumentException>(() => TapAsync(engine, TinyModel.Prompt(0, 20), places));
        }
    }

    /// <summary>Of the last token of the prompt and of each that follows, greedily.</summary>
    private static float[][][] Expected(Transformer model, int[] prompt)
    {
        using var naive = new NaiveDecoder(model, 64, touch: (batch, _) => Array.ForEach(s_places, place => batch.AddTap(place, 0)));
        Array.ForEach(prompt[..^1], token => naive.Append(token));
        int next = prompt[^1];
        var states = new float[Tokens][][];
        for (int i = 0; i < Tokens; i++)
        {
            double[] scores = naive.Append(next);
            next = Array.IndexOf(scores, scores.Max());
            states[i] = [.. s_places.Select((_, tap) =>
            {
                float[] state = new float[model.Config.HiddenSize];
                model.Backend.Download(model.Tapped, tap, state);
                return state;
            })];
        }

        return states;
    }

    private static Task<float[][][]> TapAsync(Engine engine, int[] prompt, HiddenPlace[]? places = null) => engine.RunAsync(
        async session =>
        {
            using Sequence sequence = session.CreateSequence(prompt, []);
            HiddenTaps taps = Taps(places ?? s_places);
            var states = new float[Tokens][][];
            for (int i = 0; i < Tokens; i++)
            {
                await sequence.NextAsync(s_greedy, taps: taps);
                states[i] = Read(taps);
            }

            return states;
        },
        new SessionOptions(), CancellationToken.None);

    private static Task<float[][]> ComputeAsync(Engine engine, HiddenEdit[] edits) => engine.RunAsync(
        async session =>
        {
            using Sequence sequence = session.CreateSequence(TinyModel.Prompt(0, 20), [], edits: edits);
            HiddenTaps taps = Taps(s_places);
            await sequence.ComputeAsync(taps);
            return Read(taps);
        },
        new SessionOptions(), CancellationToken.None);

    private static HiddenTaps Taps(HiddenPlace[] places) => new(places, new TinyShape().Hidden);

    private static float[][] Read(HiddenTaps taps) => [.. Enumerable.Range(0, taps.Places.Count).Select(i => taps[i].ToArray())];
}
