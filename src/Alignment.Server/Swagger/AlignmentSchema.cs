using System.Text.Json.Nodes;
using Alignment.Decoding.Binding;
using Alignment.Decoding.Methods.BestOfN;
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
        "How the answer is aligned while it is decoded. Every field is optional and replaces that of the profile; unknown fields and names are refused.",
        ("guidance", Array("Next-token scores added to the frozen model's logits.", Guidance())),
        ("search", Search()),
        ("report", new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "Answer with an alignment report: rewards and divergence token by token, every candidate, forward tokens spent." }));

    private OpenApiSchema Guidance() => Object(
        "One source of scores.",
        ("source", Name("A token-reward head or an adapter of the model, or \"prompt\".", [.. Names(m => m.Guides), GuidanceSource.Prompt])),
        ("weight", Number("0 is the frozen model; negative weights push away.")),
        ("text", new OpenApiSchema { Type = JsonSchemaType.String, Description = "The contrast prompt, where the source is \"prompt\"." }));

    private OpenApiSchema Search() => Object(
        "The decoding method.",
        ("method", Name("How candidates are drawn and chosen.", [.. SearchCatalog.Methods])),
        ("n", new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "Candidates of best_of_n." }),
        ("reward", Array("What best_of_n compares: the sum of weight * transform(reward).", Reward())),
        ("tau", Number("Temperature of a soft selection; 0 takes the best.")));

    private OpenApiSchema Reward() => Object(
        "One term of the sum.",
        ("name", Name("A reward of the model.", [.. Names(m => m.Rewards)])),
        ("weight", Number("Its weight.")),
        ("transform", Name("What is done to the reward before it is weighed.", [.. RewardSettings.Transforms])),
        ("reference", Number("The reward of a response that is just good enough.")));

    private IEnumerable<string> Names(Func<AlignmentNames, IReadOnlyCollection<string>> read)
        => catalog.Models.SelectMany(m => read(m.Binder.Names)).Distinct();

    private static OpenApiSchema Object(string description, params (string Name, OpenApiSchema Schema)[] fields) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        AdditionalPropertiesAllowed = false,
        Properties = fields.ToDictionary(f => f.Name, f => (IOpenApiSchema)f.Schema),
    };

    private static OpenApiSchema Array(string description, OpenApiSchema items) => new() { Type = JsonSchemaType.Array, Description = description, Items = items };

    private static OpenApiSchema Number(string description) => new() { Type = JsonSchemaType.Number, Description = description };

    private static OpenApiSchema Name(string description, string[] names)
        => new() { Type = JsonSchemaType.String, Description = description, Enum = [.. names.Select(n => (JsonNode)n)] };
}
