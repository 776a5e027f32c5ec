namespace Alignment.Training.Optimizers;

/// <summary>
/// Sequences an update, growing one by one: every size from the first to the last is kept for the same number of updates. Small batches
/// learn fastest while the gradient is large, large ones when it drowns in noise (McCandlish et al., 2018).
/// </summary>
/// <param name="First">Sequences of the first update.</param>
/// <param name="Last">Sequences of the last update, at least <paramref name="First"/>.</param>
/// <param name="Steps">Updates of the whole run.</param>
public sealed record BatchSchedule(int First, int Last, int Steps)
{
    private int Sizes => Last - First + 1;

    /// <summary>Sequences of an update, counted from 0.</summary>
    public int Size(int step) => First + (int)((long)Sizes * step / Steps);

    /// <summary>Sequences of all updates before this one.</summary>
    public long Before(int step)
    {
        long sequences = (long)First * step;
        for (int growth = 1; growth < Sizes; growth++)
        {
            sequences += Math.Max(0, step - Reaches(growth));
        }

        return sequences;
    }

    /// <summary>The first update with so many more sequences: growth * steps / sizes, rounded up.</summary>
    private int Reaches(int growth) => (int)((((long)growth * Steps) + Sizes - 1) / Sizes);
}
