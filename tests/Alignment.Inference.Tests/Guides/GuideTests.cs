using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Inference.Guides;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Tests.Models;

namespace Alignment.Inference.Tests.Guides;

/// <summary>
/// Guided decoding against its definition: log pi + sum of weight * log pi_guide, every term computed on its own, token by token.
/// </summary>
public sealed class GuideTests
{
    private const int Tokens = 12;

    [Fact]
    public async Task Head_adapter_and_prompt_add_up_to_the_sum_of_their_weighted_log_probabilities()
    {
        await using var model = new TinyModel(new ReferenceBackend());
        var head = new MatrixHead(model.Transformer.Backend, model.Transformer.Config.HiddenSize, model.Transformer.Config.VocabularySize);
        int[] prompt = TinyModel.Prompt(0, 37);
        int[] contrast = TinyModel.Prompt(8, 18);
        Guide[] guides = [new PromptGuide("contrast", contrast, -0.4f), new HeadGuide(head, 0.8f), new AdapterGuide(model.Adapter, 1.3f)];
        List<Step> expected = DecodeByDefinition(model, head, prompt, contrast);
        Engine engine = model.Start(new EngineOptions { Pages = 64, PrefillChunk = 20 });
        await engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(prompt, guides);
                Assert.All(expected.Zip(await TakeAsync(sequence)), pair => AssertSame(pair.First, pair.Second));

                // What they say of known tokens is what they said when these were chosen.
                float[] aligned = new float[Tokens];
                float[][] said = [new float[Tokens], new float[Tokens], new float[Tokens]];
                await sequence.ScoreAsync(prompt.Length, aligned, rule: new NextTokenRule(), guides: said);
                Assert.All(
                    expected.Index(),
                    step => AssertSame(
                        step.Item,
                        new Step(
                            step.Item.Token,
                            aligned[step.Index],
                            step.Item.Frozen,
                            Array.ConvertAll(said, guide => (double)guide[step.Index]))));
                return true;
            },
            new SessionOptions(), CancellationToken.None);
    }

    [Theory]
    [InlineData(1.7f), InlineData(-0.6f)]
    public async Task Another_model_adds_its_weighted_log_probabilities_token_by_token(float weight)
    {
        await using var model = new TinyModel(new ReferenceBackend());
        using var frozen = new NaiveDecoder(model.Transformer, 64);
        using var other = new NaiveDecoder(model.Other, 64);
        int[] prompt = TinyModel.Prompt(0, 37);
        double[] frozenScores = Array.ConvertAll(prompt, frozen.Append)[^1];
        double[] otherScores = Array.ConvertAll(prompt, other.Append)[^1];
        List<Step> expected = [];
        for (int i = 0; i < Tokens; i++)
        {
            double[] sum = LogSoftmax([.. frozenScores.Zip(otherScores, (p, q) => p + (weight * q))]);
            int token = Array.IndexOf(sum, sum.Max());
            expected.Add(new Step(token, sum[token], frozenScores[token], [otherScores[token]]));
            (frozenScores, otherScores) = (frozen.Append(token), other.Append(token));
        }

        Engine engine = model.Start(new EngineOptions { Pages = 64, PrefillChunk = 20 });
        Step[] guided = await engine.RunAsync(
            session => TakeAsync(session.CreateSequence(prompt, [new ModelGuide("other", model.Other, weight)])),
            new SessionOptions(),
            CancellationToken.None);
        Assert.All(expected.Zip(guided), pair => AssertSame(pair.First, pair.Second));
        Step[] plain = await engine.RunAsync(
            session => TakeAsync(session.CreateSequence(prompt, [])), new SessionOptions(), CancellationToken.None);
        Assert.NotEqual(plain.Select(step => step.Token), guided.Select(step => step.Token));
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task A_weight_of_zero_leaves_every_bit_as_it_is(bool isModel)
    {
        await using var model = new TinyModel(new ReferenceBackend());
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        StepRecord[] plain = await SampleAsync(engine, []);
        StepRecord[] guided = await SampleAsync(
            engine, [isModel ? new ModelGuide("other", model.Other, 0) : new AdapterGuide(model.Adapter, 0)]);
        Assert.Equal(plain, guided.Select(step => step with { Guides = "" }));
    }

    [Fact]
    public async Task Forks_of_a_computed_sequence_share_the_pages_of_all_its_guides()
    {
        await using var model = new TinyModel(new ReferenceBackend());
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        int[] prompt = TinyModel.Prompt(0, 40);
        int[] contrast = TinyModel.Prompt(8, 24);
        const int Forks = 8;
        long rows = await engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(prompt, [new PromptGuide("contrast", contrast, -1)]);
                await sequence.ComputeAsync();
                for (int i = 0; i < Forks; i++)
                {
                    using Sequence fork = sequence.Fork(i);
                    await fork.NextAsync(new NextTokenRule());
                }

                return session.ForwardTokens;
            },
            new SessionOptions(), CancellationToken.None);

        // The shadow path leaves its last token to the forks, and each of them computes the last row of either path for its logits.
        Assert.Equal(prompt.Length + contrast.Length - 1 + (2 * Forks), rows);
    }

    private static async ValueTask<Step[]> TakeAsync(Sequence sequence)
    {
        var steps = new Step[Tokens];
        for (int i = 0; i < Tokens; i++)
        {
            TokenChoice choice = await sequence.NextAsync(new NextTokenRule { Temperature = 0 });
            double[] guides = Array.ConvertAll(choice.GuideLogProbabilities, value => (double)value);
            steps[i] = new Step(choice.Token, choice.LogProbability, choice.FrozenLogProbability, guides);
        }

        return steps;
    }

    private static void AssertSame(Step expected, Step actual)
    {
        Assert.Equal(expected.Token, actual.Token);
        Assert.Equal(expected.Aligned, actual.Aligned, 1e-4);
        Assert.Equal(expected.Frozen, actual.Frozen, 1e-4);
        Assert.Equal(expected.Guides, actual.Guides, (x, y) => Math.Abs(x - y) < 1e-4);
    }

    private static Task<StepRecord[]> SampleAsync(Engine engine, Guide[] guides) => engine.RunAsync(
        async session =>
        {
            using Sequence sequence = session.CreateSequence(TinyModel.Prompt(0, 20), guides);
            var steps = new StepRecord[Tokens];
            for (int i = 0; i < Tokens; i++)
            {
                steps[i] = StepRecord.Of(await sequence.NextAsync(new NextTokenRule { Seed = 3, Report = true }));
            }

            return steps;
        },
        new SessionOptions(), CancellationToken.None);

    private static List<Step> DecodeByDefinition(TinyModel model, MatrixHead head, int[] prompt, int[] contrast)
    {
        using var frozen = new NaiveDecoder(model.Transformer, 64);
        using var adapted = new NaiveDecoder(model.Transformer, 64, model.Adapter);
        using var other = new NaiveDecoder(model.Transformer, 64);
        double[] contrastScores = Array.ConvertAll(contrast, other.Append)[^1];
        double[] adaptedScores = Array.ConvertAll(prompt, adapted.Append)[^1];
        double[] frozenScores = Array.ConvertAll(prompt, frozen.Append)[^1];
        List<Step> steps = [];
        float[] hidden = new float[model.Transformer.Config.HiddenSize];
        for (int i = 0; i < Tokens; i++)
        {
            model.Transformer.Backend.Download(model.Transformer.Hidden, 0, hidden);
            double[] headScores = LogSoftmax(Array.ConvertAll(head.Project(hidden), score => (double)score));
            double[] sum = LogSoftmax(
                [.. frozenScores.Select((p, v) => p - (0.4 * contrastScores[v]) + (0.8 * headScores[v]) + (1.3 * adaptedScores[v]))]);
            int token = Array.IndexOf(sum, sum.Max());
            steps.Add(new Step(token, sum[token], frozenScores[token], [contrastScores[token], headScores[token], adaptedScores[token]]));
            contrastScores = other.Append(token);
            adaptedScores = adapted.Append(token);
            frozenScores = frozen.Append(token);
        }

        return steps;
    }

    private static double[] LogSoftmax(double[] scores)
    {
        double maximum = scores.Max();
        double normaliser = maximum + Math.Log(scores.Sum(score => Math.Exp(score - maximum)));
        return [.. scores.Select(score => score - normaliser)];
    }

    private sealed record Step(int Token, double Aligned, double Frozen, double[] Guides);
}
