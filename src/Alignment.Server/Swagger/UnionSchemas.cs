using System.Text.Json.Nodes;
using Alignment.Server.Contracts;
using Alignment.Server.Requests;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Alignment.Server.Swagger;

/// <summary>Fields whose JSON may have several forms, or few values, which their .NET types do not show.</summary>
internal sealed class UnionSchemas : ISchemaFilter
{
    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema { Properties: { } properties })
        {
            return;
        }

        if (context.Type.IsAssignableTo(typeof(GenerationBody)))
        {
            properties["stop"] = Union(properties["stop"], Text(), Array(Text()));
        }

        if (context.Type == typeof(CompletionRequest))
        {
            properties["prompt"] = Union(properties["prompt"], Text(), Array(Text()), Array(Integer()), Array(Array(Integer())));
        }

        if (context.Type == typeof(FeedbackRequest) && properties["rating"] is OpenApiSchema rating)
        {
            rating.Enum = [.. FeedbackBinder.Ratings.Select(name => (JsonNode)name)];
        }

        if (context.Type == typeof(ChatMessageBody))
        {
            properties["content"] = Union(properties["content"], Text(), Array(new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Properties = new Dictionary<string, IOpenApiSchema> { ["type"] = Text(), ["text"] = Text() },
            }));
        }
    }

    private static OpenApiSchema Union(IOpenApiSchema replaced, params IList<IOpenApiSchema> forms)
        => new() { OneOf = forms, Description = replaced.Description };

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    private static OpenApiSchema Integer() => new() { Type = JsonSchemaType.Integer };

    private static OpenApiSchema Array(IOpenApiSchema items) => new() { Type = JsonSchemaType.Array, Items = items };
}
