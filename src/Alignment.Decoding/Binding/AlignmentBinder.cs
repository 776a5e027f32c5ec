using System.Text.Json;
using Alignment.Decoding.Methods;
using Alignment.Decoding.Policy;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Reading;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Binding;

/// <summary>
/// Turns an <c>alignment</c> object into settings. Order: what the object says, checked against the operator's ceilings; over the profile
/// (a field it gives replaces the profile's field); then the operator's floors.
/// </summary>
public sealed class AlignmentBinder(AlignmentNames names, AlignmentPolicy policy, GenerationLimits limits, MethodCatalog methods)
{
    private const string Root = "alignment";

    /// <summary>The names that exist.</summary>
    public AlignmentNames Names => names;

    /// <summary>How much one request may ask for.</summary>
    public GenerationLimits Limits => limits;

    /// <summary>The methods that a search may name.</summary>
    public MethodCatalog Methods => methods;

    /// <summary>What the operator does not leave to clients.</summary>
    public ResolvedPolicy Policy { get; } = new(policy, names, limits, methods);

    /// <summary>
    /// Binds a request over a profile, and notes everything that is wrong with it, by path, in <paramref name="problems"/>.
    /// </summary>
    /// <param name="request">The <c>alignment</c> object; null when the request has none.</param>
    /// <param name="profile">Defaults for what the request does not say.</param>
    /// <param name="problems">Receives the problems.</param>
    public AlignmentSettings Bind(JsonElement? request, AlignmentSettings profile, ProblemCollection problems)
    {
        ArgumentNullException.ThrowIfNull(profile);
        AskedAlignment asked = Read(request, names, problems);

        // Of an object that is wrong by itself, what is left out or read otherwise would seem to break the policy too.
        ProblemCollection ofPolicy = problems.Touch(Root) ? [] : problems;
        Policy.CheckCeilings(asked, ofPolicy);
        return Policy.ApplyFloors(asked.Over(profile), ofPolicy);
    }

    /// <summary>Binds a profile: the operator's own, so that only the floors hold for it.</summary>
    /// <param name="profile">The <c>alignment</c> object of the profile.</param>
    /// <param name="problems">Receives the problems.</param>
    public AlignmentSettings BindProfile(JsonElement profile, ProblemCollection problems)
        => Policy.ApplyFloors(Read(profile, names.OfProfiles, problems).Over(AlignmentSettings.None), problems);

    private AskedAlignment Read(JsonElement? alignment, AlignmentNames known, ProblemCollection problems)
    {
        if (alignment is not { ValueKind: not JsonValueKind.Null } element)
        {
            return new AskedAlignment(null, null, null);
        }

        var reader = new SettingsReader(element, Root, problems);
        var asked = new AskedAlignment(
            reader.Has("guidance") ? ReadGuidance(reader) : null,
            reader.Object("search") is { } search ? methods.Bind(search, known, limits) : null,
            reader.Has("report") ? reader.Flag("report", false) : null);
        reader.Finish();
        return asked;
    }

    private List<GuidanceSource> ReadGuidance(SettingsReader reader)
    {
        var sources = new List<GuidanceSource>();
        foreach (SettingsReader item in reader.Objects("guidance", RequestRanges.GuideCount(limits)))
        {
            if (ReadSource(item) is { } source)
            {
                sources.Add(source);
            }
        }

        CheckTwice(reader, sources);
        return sources;
    }

    private GuidanceSource? ReadSource(SettingsReader item)
    {
        string[] available = policy.AllowContrastPrompts ? [.. names.Guides, GuidanceSource.Prompt] : [.. names.Guides];
        string? name = item.Name("source", available);
        float weight = (float)item.Number("weight", RequestRanges.GuideWeight(limits), 1);
        // A source that is wrong may have been meant to be a prompt.
        string? text = name == GuidanceSource.Prompt ? ReadContrastText(item) : name is null ? item.Text("text") : null;
        item.Finish();
        return name is null ? null : new GuidanceSource(name, weight, text);
    }

    private static string? ReadContrastText(SettingsReader item)
    {
        string? text = item.Text("text");
        bool wrong = text is null && item.Has("text");
        if (!wrong && !RequestRanges.ContrastLength.Contains(text?.Length ?? 0))
        {
            item.Problem("text", $"the length of a contrast prompt must be {RequestRanges.ContrastLength} characters");
        }

        return text;
    }

    private static void CheckTwice(SettingsReader reader, List<GuidanceSource> sources)
    {
        foreach (IGrouping<string, GuidanceSource> twice
            in sources.Where(s => s.Text is null).GroupBy(s => s.Source).Where(g => g.Count() > 1))
        {
            reader.Problem("guidance", $"'{twice.Key}' is given {twice.Count()} times; give it once with the sum of the weights");
        }
    }
}
