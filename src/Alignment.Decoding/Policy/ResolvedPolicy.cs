using Alignment.Decoding.Methods;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Policy;

/// <summary>
/// What a policy comes to for one model: every question has an answer. Floors bind requests and profiles; ceilings bind what requests say
/// themselves, for a profile is the operator's own. Immutable.
/// </summary>
public sealed class ResolvedPolicy
{
    private const int DefaultCandidates = 4;

    private readonly GuidancePolicy _guidance;
    private readonly SearchPolicy _search;
    private readonly SamplingPolicy _sampling;
    private readonly bool _allowsReports;

    /// <summary>Resolves a policy that <see cref="PolicyValidator"/> finds nothing wrong with.</summary>
    public ResolvedPolicy(AlignmentPolicy policy, AlignmentNames names, GenerationLimits limits, MethodCatalog methods)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(limits);
        bool rewarded = policy.RewardBounds().HasFloor;
        bool closed = rewarded || policy.GuidanceBounds().HasFloor;
        var guides = new PolicyRanges(policy.GuidanceBounds(), [.. names.Guides, GuidanceSource.Prompt], limits.MaxWeight, closed);
        var rewards = new PolicyRanges(policy.RewardBounds(), names.Rewards, (float)RequestRanges.RewardWeight.Maximum, closed);
        int candidates = policy.MinimumCandidates ?? (rewarded ? DefaultCandidates : 1);
        _guidance = new GuidancePolicy(guides, policy.MaximumTotalGuidance ?? float.PositiveInfinity);
        _search = new SearchPolicy(rewards, candidates, policy.MaximumTau ?? (closed ? 0 : float.PositiveInfinity), methods);
        _sampling = SamplingPolicy.Resolve(policy, closed, chooses: candidates > 1);
        _allowsReports = policy.AllowReports ?? !closed;
    }

    /// <summary>The ceilings on a request's sampling, and on how many of its candidates it returns.</summary>
    /// <param name="request">The request, its alignment bound.</param>
    /// <param name="own">Sampling of the model or profile that it names: always allowed.</param>
    /// <param name="problems">Receives the problems.</param>
    public void Check(GenerationRequest request, SamplingSettings own, ProblemCollection problems)
    {
        ArgumentNullException.ThrowIfNull(request);
        _sampling.Check(request, own, problems);
        _search.CheckChoices(request, problems);
        CheckFrozenScores(request, problems);
    }

    /// <summary>The ceilings on an <c>alignment</c> object.</summary>
    internal void CheckCeilings(AskedAlignment asked, ProblemCollection problems)
    {
        _guidance.CheckCeilings(asked.Guidance ?? [], problems);
        if (asked.Search is { } search)
        {
            _search.CheckCeilings(search, problems);
        }

        if (asked.Report is true && !_allowsReports)
        {
            const string Message =
                "the operator does not allow it: it shows what the frozen model says, and the candidates that were not chosen";
            problems.Add(new RequestProblem("alignment.report", Message));
        }
    }

    /// <summary>The floors: what is left out is added, what is lowered is noted.</summary>
    internal AlignmentSettings ApplyFloors(AlignmentSettings settings, ProblemCollection problems) => settings with
    {
        Guidance = _guidance.ApplyFloors(settings.Guidance, problems),
        Search = _search.ApplyFloors(settings.Search, problems),
    };

    /// <summary>Who is told what the frozen model says of any text can decode it token by token, past every floor.</summary>
    private void CheckFrozenScores(GenerationRequest request, ProblemCollection problems)
    {
        string? field = request.PromptLogProbabilities is not null ? GenerationRequest.PromptLogProbabilitiesField
            : request.Echo && request.TopLogProbabilities is not null ? request.Fields.TopLogProbabilities
            : null;
        if (field is not null && !_allowsReports)
        {
            problems.Add(new RequestProblem(field, "the operator does not allow it: it shows what the frozen model says"));
        }
    }
}
