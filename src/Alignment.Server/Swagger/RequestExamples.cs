using System.Text.Json.Nodes;
using Alignment.Hosting;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Alignment.Server.Swagger;

/// <summary>Requests that one can execute as they are, with names that this server's first model has.</summary>
internal sealed class RequestExamples(ModelCatalog catalog) : IOperationFilter
{
    private readonly ServedModel _model = catalog.Models[0];

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (operation.RequestBody?.Content?.Values.FirstOrDefault() is OpenApiMediaType body
            && Examples(context.ApiDescription.RelativePath) is { Count: > 0 } examples)
        {
            body.Examples = examples.ToDictionary(
                e => e.Key, e => (IOpenApiExample)new OpenApiExample { Summary = e.Key, Value = e.Value });
        }
    }

    private Dictionary<string, JsonObject> Examples(string? path) => path switch
    {
        "v1/chat/completions" => Chats(),
        "v1/completions" => new() { ["A continuation"] = Body(("prompt", "Once upon a time"), ("max_tokens", 40), ("seed", 1)) },
        "tokenize" => new() { ["A text"] = Body(("prompt", "Hello world")) },
        "detokenize" => new() { ["Three tokens"] = Body(("tokens", new JsonArray(72, 101, 108))) },
        _ => [],
    };

    private Dictionary<string, JsonObject> Chats()
    {
        Dictionary<string, JsonObject> examples = new() { ["The frozen model"] = Chat(null) };
        if (_model.Binder.Names.Guides.FirstOrDefault() is { } guide)
        {
            examples["Guided token by token"] = Chat(
                new JsonObject
                {
                    ["guidance"] = new JsonArray(new JsonObject { ["source"] = guide, ["weight"] = 1.0 }),
                    ["report"] = true,
                });
        }

        if (_model.Binder.Names.Rewards.Count > 0)
        {
            var rewards = new JsonArray(
                [.. _model.Binder.Names.Rewards.Select(name => new JsonObject { ["name"] = name, ["weight"] = 1 })]);
            examples["Best of 8"] = Chat(
                new JsonObject
                {
                    ["search"] = new JsonObject { ["method"] = "best_of_n", ["n"] = 8, ["reward"] = rewards },
                    ["report"] = true,
                });
        }

        if (catalog.Models.FirstOrDefault(m => m.Id != _model.Id) is { } profile)
        {
            examples["A profile"] = Chat(null);
            examples["A profile"]["model"] = profile.Id;
        }

        return examples;
    }

    private JsonObject Chat(JsonObject? alignment)
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "How do I make new friends?" });
        JsonObject body = Body(("messages", messages), ("max_tokens", 60), ("temperature", 0.7), ("seed", 1));
        if (alignment is not null)
        {
            body["alignment"] = alignment;
        }

        return body;
    }

    private JsonObject Body(params (string Name, JsonNode Value)[] fields)
    {
        var body = new JsonObject { ["model"] = _model.Id };
        foreach ((string name, JsonNode value) in fields)
        {
            body[name] = value;
        }

        return body;
    }
}
