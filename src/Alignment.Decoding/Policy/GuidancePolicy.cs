using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Policy;

/// <summary>Which sources may guide, and how strongly.</summary>
/// <param name="ranges">Of each source; contrast prompts are the source <see cref="GuidanceSource.Prompt"/>.</param>
/// <param name="total">Largest sum of the magnitudes of weights without a floor.</param>
internal sealed class GuidancePolicy(PolicyRanges ranges, float total)
{
    private const string Path = "alignment.guidance";

    /// <summary>The ceilings: notes what a request may not ask for.</summary>
    public void CheckCeilings(IReadOnlyList<GuidanceSource> sources, ProblemCollection problems)
    {
        for (int i = 0; i < sources.Count; i++)
        {
            ranges.Check(sources[i].Source, sources[i].Weight, $"{Path}[{i}].source", $"{Path}[{i}].weight", problems);
        }

        CheckContrast(sources, problems);
        double sum = sources.Where(source => !ranges[source.Source].IsFloor).Sum(source => Math.Abs((double)source.Weight));
        new PolicyRange(0, total).Check($"{Path}: the sum of the weights' magnitudes", sum, problems);
    }

    /// <summary>The floors: adds what a request leaves out, and notes what it lowers.</summary>
    public List<GuidanceSource> ApplyFloors(IReadOnlyList<GuidanceSource> sources, ProblemCollection problems)
    {
        List<GuidanceSource> result = [.. sources];
        foreach ((string name, PolicyRange range) in ranges.Floors)
        {
            int index = result.FindIndex(source => source.Source == name);
            if (index < 0)
            {
                result.Add(new GuidanceSource(name, range.Silent));
            }
            else
            {
                range.Floor.Check($"{Path}[{index}].weight", result[index].Weight, problems);
            }
        }

        return result;
    }

    /// <summary>The same prompt given twice is the prompt with the sum of the weights: those of a sign are bounded together.</summary>
    private void CheckContrast(IReadOnlyList<GuidanceSource> sources, ProblemCollection problems)
    {
        double[] weights = [.. sources.Where(source => source.Source == GuidanceSource.Prompt).Select(source => (double)source.Weight)];
        if (weights.Length > 1)
        {
            ranges[GuidanceSource.Prompt].Check($"{Path}: contrast prompts together", weights.Where(weight => weight > 0).Sum(), problems);
            ranges[GuidanceSource.Prompt].Check($"{Path}: contrast prompts together", weights.Where(weight => weight < 0).Sum(), problems);
        }
    }
}
