using System.Globalization;
using Alignment.Decoding;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Hosting;

namespace Alignment.Benchmarks.Rewards;

/// <summary>Draws responses under one alignment setting and lets a judge score them.</summary>
internal sealed class AlignedSampler(ModelRuntime runtime, Judge judge, int maxTokens)
{
    private const int Parallel = 16;

    private int _requests;

    /// <summary>For each prompt its outcomes, one for each seed.</summary>
    public async Task<Outcome[][]> RunAsync(AlignmentSettings alignment, IReadOnlyList<ChatPrompt> prompts, int seeds)
    {
        var outcomes = new Outcome[prompts.Count][];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel };
        await System.Threading.Tasks.Parallel.ForAsync(
            0, prompts.Count, options, async (i, _) => outcomes[i] = await RunAsync(alignment, prompts[i], i, seeds));
        return outcomes;
    }

    private async Task<Outcome[]> RunAsync(AlignmentSettings alignment, ChatPrompt prompt, int index, int seeds)
    {
        var outcomes = new Outcome[seeds];
        for (int seed = 0; seed < seeds; seed++)
        {
            AlignmentReport report = await DrawAsync(alignment, prompt, (ulong)((index * seeds) + seed));
            CandidateReport chosen = report.Candidates.Single(candidate => candidate.Choice is not null);
            outcomes[seed] = new Outcome(
                await judge.ScoreAsync(prompt, chosen),
                chosen.StepKl + (report.SelectionKlBound ?? 0),
                chosen.Tokens.Count,
                report.ForwardTokens);
        }

        return outcomes;
    }

    private async Task<AlignmentReport> DrawAsync(AlignmentSettings alignment, ChatPrompt prompt, ulong seed)
    {
        // A salt of its own: no request finds its prompt computed by another, so that forward tokens compare.
        var request = new GenerationRequest
        {
            Prompt = prompt,
            MaxTokens = maxTokens,
            Sampling = new SamplingSettings { Seed = seed },
            Alignment = alignment with { Report = true },
            CacheSalt = Interlocked.Increment(ref _requests).ToString(CultureInfo.InvariantCulture),
        };
        AlignmentReport? report = null;
        await foreach (GenerationEvent next in runtime.Generator.GenerateAsync(request, CancellationToken.None))
        {
            report = next is ReportEvent answer ? answer.Report : report;
        }

        return report ?? throw new InvalidOperationException("a request that asks for a report gets one");
    }
}
