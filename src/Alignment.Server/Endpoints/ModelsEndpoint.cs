using Alignment.Hosting;
using Alignment.Server.Contracts;
using Alignment.Server.Requests;

namespace Alignment.Server.Endpoints;

/// <summary>GET /v1/models and /v1/models/{id}: models and their profiles.</summary>
internal sealed class ModelsEndpoint(ModelCatalog catalog, TimeProvider time)
{
    private readonly long _created = time.GetUtcNow().ToUnixTimeSeconds();

    public Task ListAsync(HttpContext context)
        => context.Response.WriteAsJsonAsync(new ModelList([.. catalog.Models.Select(Card)]), ServerJson.Wire.ModelList);

    public Task GetAsync(HttpContext context)
        => context.Response.WriteAsJsonAsync(Card(catalog.Find((string)context.GetRouteValue("id")!)), ServerJson.Wire.ModelCard);

    private ModelCard Card(ServedModel model) => new(
        model.Id, _created, "alignment", Parent(model), model.ContextLength, model.Binder.Names.Guides, model.Binder.Names.Rewards);

    /// <summary>The first name that has the same generator is the model itself.</summary>
    private string? Parent(ServedModel model)
        => catalog.Models.First(m => m.Generator == model.Generator).Id is var parent && parent != model.Id ? parent : null;
}
