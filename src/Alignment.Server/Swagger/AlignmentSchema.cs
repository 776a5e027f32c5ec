using System.Text.Json.Nodes;
using Alignment.Decoding.Methods;
using Alignment.Decoding.Reading;
using Alignment.Decoding.Requests;
using Alignment.Hosting;
using Alignment.Server.Contracts;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Alignment.Server.Swagger;

/// <summary>The schema of the <c>alignment</c> object, with the names that this server's models have.</summary>
internal sealed class AlignmentSchema(ModelCatalog catalog) : ISchemaFilter
{
    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is OpenApiSchema { Properties: { } properties } && context.Type.IsAssignableTo(typeof(GenerationBody)))
        {
            properties["alignment"] = Root();
        }
    }

    private OpenApiSchema Root() => Object(
        "How the answer is aligned while it is decoded. Every field is optional and replaces that of the profile; unknown fields and "
        + "names are refused.",
        ("guidance", Array("Next-token scores added to the frozen model's logits.", Guidance())),
        ("search", Search()),
        (
            "report",
            new OpenApiSchema
            {
                Type = JsonSchemaType.Boolean,
                Description =
                    "Answer with an alignment report: rewards and divergence token by token, every candidate, forward tokens spent.",
            }));

    private OpenApiSchema Guidance() => Object(
        "One source of scores.",
        (
            "source",
            Name("A token-reward head or an adapter of the model, or \"prompt\".", [.. Names(m => m.Guides), GuidanceSource.Prompt])),
        ("weight", Number("0 is the frozen model; negative weights push away.")),
        ("text", new OpenApiSchema { Type = JsonSchemaType.String, Description = "The contrast prompt, where the source is \"prompt\"." }));

    private OpenApiSchema Search() => new()
    {
        Description = "The decoding method: how candidates are drawn and chosen.",
        OneOf = [.. catalog.Models.SelectMany(m => m.Binder.Methods.All).DistinctBy(method => method.Name).Select(Method)],
    };

    private IOpenApiSchema Method(MethodDescriptor method)
    {
        OpenApiSchema schema = Object(
            method.Description,
            [
                (MethodCatalog.MethodField, Name("The method's name.", [method.Name])),
                .. method.Options.Select(option => (option.Name, Option(option))),
            ]);
        schema.Required = new HashSet<string> { MethodCatalog.MethodField };
        return schema;
    }

    private OpenApiSchema Option(SettingOption option) => option switch
    {
        IntegerOption integer => Ranged(JsonSchemaType.Integer, option, integer.Range(catalog.Models[0].Binder.Limits), integer.Default),
        NumberOption number => Ranged(JsonSchemaType.Number, option, number.Range, number.Default),
        RewardsOption => Array(option.Description, Reward()),
        _ => throw new ArgumentException($"no schema for a {option.GetType().Name}", nameof(option)),
    };

    private OpenApiSchema Reward() => Object(
        "One term of the sum.",
        (RewardsOption.RewardField, Name("A reward of the model.", [.. Names(m => m.Rewards)])),
        (RewardsOption.Weight.Name, Option(RewardsOption.Weight)),
        (RewardsOption.TransformField, Name("What is done to the reward before it is weighed.", [.. RewardsOption.Transforms])),
        (RewardsOption.Reference.Name, Option(RewardsOption.Reference)));

    private IEnumerable<string> Names(Func<AlignmentNames, IReadOnlyCollection<string>> read)
        => catalog.Models.SelectMany(m => read(m.Binder.Names)).Distinct();

    private static OpenApiSchema Object(string description, params (string Name, OpenApiSchema Schema)[] fields) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        AdditionalPropertiesAllowed = false,
        Properties = fields.ToDictionary(f => f.Name, f => (IOpenApiSchema)f.Schema),
    };

    private static OpenApiSchema Array(string description, OpenApiSchema items) =>
        new() { Type = JsonSchemaType.Array, Description = description, Items = items };

    private static OpenApiSchema Number(string description) => new() { Type = JsonSchemaType.Number, Description = description };

    private static OpenApiSchema Ranged(JsonSchemaType type, SettingOption option, NumberRange range, double otherwise)
    {
        var schema = new OpenApiSchema { Type = type, Description = option.Description, Default = otherwise };
        RangeSchemas.Bound(schema, range);
        return schema;
    }

    private static OpenApiSchema Name(string description, string[] names)
        => new() { Type = JsonSchemaType.String, Description = description, Enum = [.. names.Select(n => (JsonNode)n)] };
}
