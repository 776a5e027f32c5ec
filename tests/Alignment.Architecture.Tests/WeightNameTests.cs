namespace Alignment.Architecture.Tests;

/// <summary>What a file calls a weight stands once: whoever reads, writes or adapts weights asks the blueprint.</summary>
public sealed class WeightNameTests
{
    [Theory]
    [InlineData("q_proj", "TransformerBlueprint.cs"), InlineData("o_proj", "TransformerBlueprint.cs")]
    [InlineData("down_proj", "TransformerBlueprint.cs")]
    [InlineData("embed_tokens", "TransformerBlueprint.cs"), InlineData("lm_head", "TransformerBlueprint.cs")]
    [InlineData("layernorm", "TransformerBlueprint.cs"), InlineData("model.norm", "TransformerBlueprint.cs")]
    [InlineData("model.layers", "TransformerBlueprint.cs")]
    [InlineData("lora_A", "AdapterNames.cs"), InlineData("lora_B", "AdapterNames.cs"), InlineData("base_model.model", "AdapterNames.cs")]
    public void A_name_of_weights_is_spelled_in_one_file(string name, string file)
    {
        IEnumerable<string> sources = SourceProject.All.SelectMany(project => project.Sources);
        Assert.Equal(
            [file], sources.Where(source => File.ReadAllText(source).Contains(name, StringComparison.Ordinal)).Select(Path.GetFileName));
    }
}
