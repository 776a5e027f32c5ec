using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference.Guides;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Tests.Sessions;

/// <summary>
/// What a program asks for wrongly is refused where it asks: its sequence stays as it was, and whoever is in the next pass gets the same
/// tokens as ever.
/// </summary>
public sealed class ArgumentTests : IAsyncDisposable
{
    private const int Tokens = 6;
    private const int Beyond = 100_000;

    private static readonly NextTokenRule s_rule = new() { Seed = 3 };
    private static readonly int[] s_prompt = TinyModel.Prompt(0, 20);
    private static readonly float[] s_scores = new float[19];

    /// <summary>Each asks a sequence of the first model with one guide and twenty tokens.</summary>
    private static readonly Dictionary<string, Func<TinyModel, Sequence, ValueTask>> s_wrong = new()
    {
        ["score: from the first token"] = (_, sequence) => sequence.ScoreAsync(0, new float[20]),
        ["score: short buffer"] = (_, sequence) => sequence.ScoreAsync(1, new float[18]),
        ["score: few lists"] = (_, sequence) => sequence.ScoreAsync(1, s_scores, Lists(18, 2)),
        ["score: a list missing"] = (_, sequence) => sequence.ScoreAsync(1, s_scores, new TokenLogProbability[19][]),
        ["score: long lists"] = (_, sequence) => sequence.ScoreAsync(1, s_scores, Lists(19, 301)),
        ["score: guides without a rule"] = (_, sequence) => sequence.ScoreAsync(1, s_scores, guides: [new float[19]]),
        ["score: more guides"] = (_, sequence) => sequence.ScoreAsync(1, s_scores, null, s_rule, [new float[19], new float[19]]),
        ["score: short guide"] = (_, sequence) => sequence.ScoreAsync(1, s_scores, null, s_rule, [new float[18]]),
        ["score: guide missing"] = (_, sequence) => sequence.ScoreAsync(1, s_scores, null, s_rule, [null!]),
        ["score: rule"] = (_, sequence) => sequence.ScoreAsync(1, s_scores, null, s_rule with { TopP = 2 }),
        ["append: negative"] = (_, sequence) => Append(sequence, [1, -1]),
        ["append: beyond"] = (_, sequence) => Append(sequence, [1, Beyond]),
        ["verify: negative"] = async (_, sequence) => await sequence.VerifyAsync([1, -1], s_rule),
        ["verify: beyond"] = async (_, sequence) => await sequence.VerifyAsync([1, 300], s_rule),
        ["verify: rule"] = async (_, sequence) => await sequence.VerifyAsync([1], null!),
        ["next: no rule"] = async (_, sequence) => await sequence.NextAsync(null!),
        ["next: temperature"] = async (_, sequence) => await sequence.NextAsync(s_rule with { Temperature = -1 }),
        ["next: no temperature"] = async (_, sequence) => await sequence.NextAsync(s_rule with { Temperature = float.NaN }),
        ["next: top-k"] = async (_, sequence) => await sequence.NextAsync(s_rule with { TopK = -1 }),
        ["next: top-p"] = async (_, sequence) => await sequence.NextAsync(s_rule with { TopP = float.NaN }),
        ["next: min-p"] = async (_, sequence) => await sequence.NextAsync(s_rule with { MinP = 1.5f }),
        ["next: fewer than no tokens listed"] = async (_, sequence) => await sequence.NextAsync(s_rule with { TopLogProbabilities = -1 }),
        ["next: more tokens listed"] = async (_, sequence) => await sequence.NextAsync(s_rule with { TopLogProbabilities = 301 }),
        ["next: no biases"] = async (_, sequence) => await sequence.NextAsync(s_rule with { Bias = null! }),
        ["next: taps of another model"] = async (model, sequence) => await sequence.NextAsync(s_rule, taps: Narrow(model)),
        ["next: taps nowhere"] = async (model, sequence) => await sequence.NextAsync(s_rule, taps: Nowhere(model)),
        ["compute: taps of another model"] = (model, sequence) => sequence.ComputeAsync(Narrow(model)),
        ["compute: taps nowhere"] = (model, sequence) => sequence.ComputeAsync(Nowhere(model)),
        ["branch: no streams"] = async (_, sequence) => await sequence.BranchAsync(s_rule, []),
        ["branch: rule"] = async (_, sequence) => await sequence.BranchAsync(s_rule with { Temperature = float.NaN }, [new(0)]),
        ["rewind: into the prompt"] = (_, sequence) => Do(() => sequence.Rewind(19)),
        ["rewind: ahead"] = (_, sequence) => Do(() => sequence.Rewind(21)),
        ["redraw: ahead"] = (_, sequence) => Do(() => sequence.Redraw(21)),
        ["create: no tokens"] = (_, sequence) => Create(sequence, [], []),
        ["create: negative"] = (_, sequence) => Create(sequence, [-1], []),
        ["create: beyond"] = (_, sequence) => Create(sequence, [1, Beyond], []),
        ["create: a guide's prompt"] = (_, sequence) => Create(sequence, [1], [new PromptGuide("other", [Beyond], 1)]),
        ["create: no guides"] = (_, sequence) => Create(sequence, [1], null!),
        ["create: a guide missing"] = (_, sequence) => Create(sequence, [1], [null!]),
        ["create: a guide without a model"] = (_, sequence) => Create(sequence, [1], [new ModelGuide("other", null!, 1)]),
        ["create: a guide without a prompt"] = (_, sequence) => Create(sequence, [1], [new PromptGuide("other", null!, 1)]),
        ["create: no room"] = (_, sequence) => Do(() => sequence.Session.CreateSequence([1], [], maxLength: 0)),
        ["create: an edit nowhere"] = (model, sequence) => Do(() => sequence.Session.CreateSequence(
            [1], [], edits: [new HiddenEdit(new(0, (HiddenSite)7), model.Vectors, 0, 1)])),
        ["create: no vectors"] = (_, sequence) => Do(() => sequence.Session.CreateSequence(
            [1], [], edits: [new HiddenEdit(new(0), null!, 0, 1)])),
    };

    private readonly TinyModel _model = new(CpuBackend.Create(threads: 1));

    public static TheoryData<string> Wrong => [.. s_wrong.Keys];

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_argument_is_refused_and_hurts_nobody(string wrong)
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 64 });
        int[] alone = await RunAsync(engine, null);
        Task<int[]> beside = RunAsync(engine, null);
        int[] told = await RunAsync(engine, sequence => Assert.ThrowsAnyAsync<ArgumentException>(
            async () => await s_wrong[wrong](_model, sequence)));
        Assert.Equal(alone, told);
        Assert.Equal(alone, await beside);
        Assert.True(engine.Healthy);
    }

    /// <summary>Nothing at the door can see this: the fault comes when the scores are handed over, which others wait for too.</summary>
    [Fact]
    public async Task What_becomes_of_a_buffer_meanwhile_is_the_fault_of_who_handed_it_over()
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 64 });
        int[] alone = await RunAsync(engine, null);
        Task<int[]> beside = RunAsync(engine, null);
        int[] told = await RunAsync(engine, async sequence =>
        {
            TokenLogProbability[][] lists = Lists(19, 2);
            ValueTask scores = sequence.ScoreAsync(1, s_scores, lists);
            lists[3] = null!;
            MethodFaultException fault = await Assert.ThrowsAsync<MethodFaultException>(async () => await scores);
            Assert.NotNull(fault.InnerException);
        });
        Assert.Equal(alone, told);
        Assert.Equal(alone, await beside);
        Assert.True(engine.Healthy);
    }

    [Fact]
    public async Task Rows_bound_the_guides_of_a_sequence_too_and_the_refusal_says_so()
    {
        await using var small = new TinyModel(CpuBackend.Create(threads: 1), maxRows: 2, maxOutputs: 16);
        Engine engine = small.Start(new EngineOptions { Pages = 64 });
        AdapterGuide guide = new(small.Adapter, 1);
        ArgumentException refusal = await Assert.ThrowsAsync<ArgumentException>(() => engine.RunAsync(
            session => ValueTask.FromResult(session.CreateSequence([1], [guide, guide]).Length),
            new SessionOptions(), CancellationToken.None));
        Assert.Contains("3 outputs", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("a pass has 2 (", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("2 rows", refusal.Message, StringComparison.Ordinal);
    }

    private static TokenLogProbability[][] Lists(int count, int length)
        => [.. Enumerable.Range(0, count).Select(_ => new TokenLogProbability[length])];

    private static HiddenTaps Narrow(TinyModel model) => new([new(0)], model.Other.Config.HiddenSize);

    private static HiddenTaps Nowhere(TinyModel model) => new([new(0, (HiddenSite)7)], model.Transformer.Config.HiddenSize);

    private static ValueTask Append(Sequence sequence, int[] tokens) => Do(() => sequence.Append(tokens));

    private static ValueTask Create(Sequence sequence, int[] prompt, Guide[] guides)
        => Do(() => sequence.Session.CreateSequence(prompt, guides));

    private static ValueTask Do(Action action)
    {
        action();
        return ValueTask.CompletedTask;
    }

    /// <summary>Asks wrongly first, then draws.</summary>
    private Task<int[]> RunAsync(Engine engine, Func<Sequence, Task>? wrong) => engine.RunAsync(
        async session =>
        {
            using Sequence sequence = session.CreateSequence(s_prompt, [new AdapterGuide(_model.Adapter, 1)]);
            await (wrong?.Invoke(sequence) ?? Task.CompletedTask);
            for (int i = 0; i < Tokens; i++)
            {
                await sequence.NextAsync(s_rule);
            }

            return sequence.Tokens.ToArray();
        },
        new SessionOptions(), CancellationToken.None);
}
