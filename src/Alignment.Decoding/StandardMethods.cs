using Alignment.Decoding.Methods;
using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Methods.Sample;

namespace Alignment.Decoding;

/// <summary>The methods of this repository.</summary>
public static class StandardMethods
{
    /// <summary>One line for each.</summary>
    public static MethodCatalog Catalog { get; } = new(
        silent: new Methods.Sample.SampleSettings(),
        [
            Methods.Sample.SampleSettings.Descriptor,
            Methods.BestOfN.BestOfNSettings.Descriptor,
        ]);
}
