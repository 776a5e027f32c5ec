using Alignment.Compute.Contract.NextToken;
using Alignment.Inference.Guides;

namespace Alignment.Inference.Tests;

/// <summary>Requests whose every bit must be the same in any company.</summary>
internal static class InvarianceSubjects
{
    /// <summary>The first so many differ in their guides.</summary>
    public const int Count = 4;

    private const int Tokens = 24;

    /// <summary>Every kind of guide is among the subjects, and the prompts end within and at the end of a page.</summary>
    public static Task<StepRecord[]> RunAsync(TinyModel model, Engine engine, int index)
    {
        NextTokenRule rule = Rule(index);
        return engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(Prompt(index), Guides(model, index), maxLength: 128);
                var steps = new StepRecord[Tokens];
                for (int i = 0; i < Tokens; i++)
                {
                    steps[i] = StepRecord.Of(await sequence.NextAsync(rule));
                }

                return steps;
            },
            new SessionOptions(), CancellationToken.None);
    }

    public static int[] Prompt(int index) => TinyModel.Prompt(index, 32 + (5 * (index % 7)));

    public static NextTokenRule Rule(int index)
        => new() { Seed = (ulong)index, TopK = 40, TopP = 0.95f, FrequencyPenalty = 0.1f, TopLogProbabilities = 3, Report = true };

    public static Guide[] Guides(TinyModel model, int index) => (index % Count) switch
    {
        1 => [new AdapterGuide(model.Adapter, 0.7f)],
        2 => [new PromptGuide("contrast", TinyModel.Prompt(99, 21), -0.5f)],
        3 => [new HeadGuide(new MatrixHead(model.Transformer.Backend, model.Transformer.Config.HiddenSize, model.Transformer.Config.VocabularySize), 1.5f)],
        _ => [],
    };
}
