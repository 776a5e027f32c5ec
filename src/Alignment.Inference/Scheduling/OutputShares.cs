using Alignment.Inference.Sessions;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// How many outputs those who want several have of a pass, when each that is ready has one of every path: what its lanes have left, in
/// equal parts, and of a number that all lanes share. What one has no tokens for is theirs who come after it; what it then finds no
/// pages or no budget for is lost to the pass.
/// </summary>
internal sealed class OutputShares(PassPlan plan)
{
    // Of each lane, then of all together.
    private readonly int[] _left = new int[plan.Lanes.Length + 1];
    private readonly int[] _sharing = new int[plan.Lanes.Length + 1];

    /// <param name="ready">Who gets one each.</param>
    /// <param name="most">Most outputs beyond those.</param>
    public void Start(List<Ask> ready, int most)
    {
        Array.Clear(_sharing);
        _left[^1] = most;
        for (int lane = 0; lane < plan.Lanes.Length; lane++)
        {
            _left[lane] = plan.Lanes[lane].FreeOutputs;
        }

        foreach (Ask ask in ready)
        {
            for (int i = 0; i < ask.OutputPaths; i++)
            {
                int lane = ask.Sequence.Paths[i].Lane;
                _left[lane]--;
                Join(lane, ask.Remaining > 1 ? 1 : 0);
            }
        }
    }

    /// <returns>How many more outputs of each of its paths one that is ready has.</returns>
    public int Take(Ask ask)
    {
        if (ask.Remaining == 1)
        {
            return 0;
        }

        int more = Math.Min(ask.Remaining - 1, _left[^1] / _sharing[^1]);
        for (int i = 0; i < ask.OutputPaths; i++)
        {
            int lane = ask.Sequence.Paths[i].Lane;
            more = Math.Min(more, Math.Max(0, _left[lane]) / _sharing[lane]);
        }

        for (int i = 0; i < ask.OutputPaths; i++)
        {
            int lane = ask.Sequence.Paths[i].Lane;
            _left[lane] -= more;
            _left[^1] -= more;
            Join(lane, -1);
        }

        return more;
    }

    private void Join(int lane, int paths)
    {
        _sharing[lane] += paths;
        _sharing[^1] += paths;
    }
}
