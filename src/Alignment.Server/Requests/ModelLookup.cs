using Alignment.Decoding.Problems;
using Alignment.Hosting;
using Alignment.Server.Errors;

namespace Alignment.Server.Requests;

/// <summary>Finds what a request names.</summary>
internal static class ModelLookup
{
    private const int MaxShown = 100;

    private const string Field = "model";

    /// <summary>The model of a body; without one nothing more can be said about the body, so what is known so far is said then.</summary>
    /// <exception cref="InvalidRequestException">The name is missing or no name.</exception>
    /// <exception cref="ApiException">Nothing has the name (404).</exception>
    public static ServedModel Find(this ModelCatalog catalog, string? id, ProblemCollection problems)
    {
        if (id is not null)
        {
            return catalog.Find(id);
        }

        if (!problems.Touch(Field))
        {
            problems.Add(new RequestProblem(Field, $"is required; what exists: {Known(catalog)}"));
        }

        throw new InvalidRequestException(problems);
    }

    /// <exception cref="ApiException">Nothing has the name (404).</exception>
    public static ServedModel Find(this ModelCatalog catalog, string id)
    {
        return catalog.TryGet(id, out ServedModel? model) ? model
            : throw ApiException.Invalid(
                StatusCodes.Status404NotFound,
                $"The model '{Excerpt.Of(id, MaxShown)}' does not exist; what exists: {Known(catalog)}",
                Field,
                "model_not_found");
    }

    private static string Known(ModelCatalog catalog) => Excerpt.List([.. catalog.Models.Select(m => m.Id)]);
}
