namespace Alignment.Models.Blueprints;

/// <summary>What PEFT calls the two halves of a LoRA pair over a weight W: W + scale * B A.</summary>
public static class AdapterNames
{
    private const string Prefix = "base_model.model.";
    private const string SuffixOfWeight = ".weight";
    private const string SuffixA = ".lora_A.weight";
    private const string SuffixB = ".lora_B.weight";

    /// <summary>Name of A, <c>[rank, in]</c>.</summary>
    public static string A(WeightBlueprint weight) => Prefix + Module(weight) + SuffixA;

    /// <summary>Name of B, <c>[out, rank]</c>.</summary>
    public static string B(WeightBlueprint weight) => Prefix + Module(weight) + SuffixB;

    /// <summary>The A that a B belongs to, so that a B alone is missing its A; any other name as it is.</summary>
    public static string PartnerA(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.EndsWith(SuffixB, StringComparison.Ordinal) ? name[..^SuffixB.Length] + SuffixA : name;
    }

    private static string Module(WeightBlueprint weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return weight.Name[..^SuffixOfWeight.Length];
    }
}
