using Alignment.Models.Blueprints;
using Alignment.Models.Configuration;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Models.Tests.Blueprints;

/// <summary>The oracle is what the test's own writer of checkpoints writes.</summary>
public sealed class TransformerBlueprintTests
{
    public static TheoryData<TinyArchitecture> Architectures => [.. Enum.GetValues<TinyArchitecture>()];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Names_and_shapes_are_those_of_the_files(TinyArchitecture architecture)
    {
        IEnumerable<string> written = TinyCheckpoint.Tensors(architecture, new TinyShape(), 1).Select(
            tensor => Line(tensor.Name, tensor.Shape));
        IEnumerable<string> needed = Blueprint(architecture).Weights.Where(weight => !weight.IsOptional).Select(
            weight => Line(weight.Name, weight.Shape));
        Assert.Equal(written.Order(StringComparer.Ordinal), needed.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void The_parts_of_a_product_are_neighbours_side_by_side(TinyArchitecture architecture)
    {
        TransformerBlueprint blueprint = Blueprint(architecture);
        foreach ((Projection projection, int count) in new[]
        {
            (Projection.QueryKeyValue, 3), (Projection.Output, 1), (Projection.GateUp, 2), (Projection.Down, 1),
        })
        {
            WeightBlueprint[] parts = [.. blueprint.Parts(projection, 1)];
            int first = blueprint.Weights.ToList().IndexOf(parts[0]);
            Assert.Equal(blueprint.Weights.Skip(first).Take(count), parts);
            Assert.Equal(parts.Select((_, i) => parts.Take(i).Sum(part => part.Rows)), parts.Select(part => part.FirstColumn));
            Assert.Single(parts.Select(part => part.Columns).Distinct());
        }
    }

    [Fact]
    public void A_file_may_leave_out_a_tied_head_and_nothing_else()
    {
        WeightBlueprint tied = Assert.Single(Blueprint(TinyArchitecture.Llama).Weights, weight => weight.IsOptional);
        Assert.Equal((WeightRole.Head, true), (tied.Role, Blueprint(TinyArchitecture.Llama).SaysNothingNew(tied.Name)));
        Assert.DoesNotContain(Blueprint(TinyArchitecture.LlamaUntied).Weights, weight => weight.IsOptional);
        Assert.False(Blueprint(TinyArchitecture.LlamaUntied).SaysNothingNew(tied.Name));
    }

    [Fact]
    public void What_an_architecture_lacks_is_not_there()
    {
        Assert.Null(Blueprint(TinyArchitecture.Llama).Find(WeightRole.QueryBias, 0));
        Assert.NotNull(Blueprint(TinyArchitecture.Qwen2).Find(WeightRole.QueryBias, 0));
        Assert.NotNull(Blueprint(TinyArchitecture.Qwen3).Find(WeightRole.KeyNorm, 0));
        Assert.Throws<KeyNotFoundException>(() => Blueprint(TinyArchitecture.Llama)[WeightRole.KeyNorm, 0]);
    }

    private static TransformerBlueprint Blueprint(TinyArchitecture architecture)
    {
        using var folder = new TemporaryFolder();
        TinyCheckpoint.Write(folder.Path, architecture);
        return new TransformerBlueprint(ModelConfigReader.Read(folder.File("config.json")));
    }

    private static string Line(string name, IEnumerable<int> shape) => $"{name} [{string.Join(", ", shape)}]";
}
