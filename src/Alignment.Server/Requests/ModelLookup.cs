using Alignment.Decoding;
using Alignment.Hosting;
using Alignment.Server.Errors;

namespace Alignment.Server.Requests;

/// <summary>Finds what a request names.</summary>
internal static class ModelLookup
{
    private const int MaxShown = 100;

    /// <exception cref="ApiException">The name is missing (400), or nothing has it (404).</exception>
    public static ServedModel Find(this ModelCatalog catalog, string? id)
    {
        string known = Excerpt.List([.. catalog.Models.Select(m => m.Id)]);
        return id is null ? throw ApiException.Invalid(StatusCodes.Status400BadRequest, $"model: is required; what exists: {known}", "model")
            : catalog.TryGet(id, out ServedModel? model) ? model
            : throw ApiException.Invalid(
                StatusCodes.Status404NotFound,
                $"The model '{Excerpt.Of(id, MaxShown)}' does not exist; what exists: {known}",
                "model",
                "model_not_found");
    }
}
