using Alignment.Compute.Contract.NextToken;

namespace Alignment.Inference.Sessions;

/// <summary>The next token drawn several times from one output of each path, each time for a fork of its own.</summary>
internal sealed class BranchAsk(Sequence sequence, NextTokenRule rule, StreamId[] streams) : Ask<Branch[]>(sequence)
{
    private readonly TokenMask? _mask = sequence.Constraint.Mask;
    private readonly TokenChoice[] _choices = Array.ConvertAll(
        streams, _ => new TokenChoice(rule.TopLogProbabilities, sequence.Guides.Count));

    public override string Name => $"{streams.Length} next tokens";

    public override GuidePaths GuidePaths => GuidePaths.Read;

    public override bool NeedsLogits => true;

    public override int DrawsEach => streams.Length;

    public override int ChosenTokens => streams.Length;

    public override Draw Draw(int output, int index) => new(rule, Sequence.Constraint.Counts, _mask, streams[index].Word, _choices[index]);

    protected override bool Take(int outputs)
    {
        Array.ForEach(_choices, Require);
        return true;
    }

    /// <summary>Forks when the sequence no longer waits, and its prompt is remembered once for all of them.</summary>
    protected override Branch[] Finish()
    {
        var branches = new Branch[streams.Length];
        for (int i = 0; i < branches.Length; i++)
        {
            branches[i] = new Branch(Sequence.Fork(streams[i]), _choices[i]);
            branches[i].Sequence.Append(_choices[i].Token);
        }

        return branches;
    }
}
