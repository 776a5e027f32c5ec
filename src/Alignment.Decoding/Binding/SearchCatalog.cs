using Alignment.Decoding.Methods;
using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Methods.Sample;
using Alignment.Decoding.Reading;
using Alignment.Decoding.Requests;

namespace Alignment.Decoding.Binding;

/// <summary>The decoding methods by name: how each reads its options.</summary>
public static class SearchCatalog
{
    private delegate SearchSettings Binder(SettingsReader reader, AlignmentNames names, GenerationLimits limits);

    private static readonly Dictionary<string, Binder> s_binders = new(StringComparer.Ordinal)
    {
        [SampleSettings.Name] = static (_, _, _) => new SampleSettings(),
        [BestOfNSettings.Name] = BestOfNSettings.Bind,
    };

    /// <summary>Every method, as requests write it.</summary>
    public static IReadOnlyCollection<string> Methods => s_binders.Keys;

    /// <summary>The method that settings ask for; none is <c>sample</c>.</summary>
    internal static IDecodingMethod Create(SearchSettings? settings) => settings switch
    {
        null or SampleSettings => new SampleMethod(),
        BestOfNSettings bestOfN => new BestOfNMethod(bestOfN),
        _ => throw new ArgumentException($"no method for {settings.Method}", nameof(settings)),
    };

    /// <summary>Reads a <c>search</c> object; null when its method does not exist.</summary>
    internal static SearchSettings? Bind(SettingsReader reader, AlignmentNames names, GenerationLimits limits)
    {
        if (reader.Name("method", s_binders.Keys) is not { } method)
        {
            return null;
        }

        SearchSettings settings = s_binders[method](reader, names, limits);
        reader.Finish();
        return settings;
    }
}
