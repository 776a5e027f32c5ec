using Alignment.Hosting;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Alignment.Server.Swagger;

/// <summary>The documentation at /swagger, made from the same types that parse requests.</summary>
internal static class SwaggerSetup
{
    private const string KeyScheme = "key";

    public static void Configure(SwaggerGenOptions options, ModelCatalog catalog)
    {
        options.SwaggerDoc("v1", new OpenApiInfo
        {
            Title = "Alignment",
            Version = "v1",
            Description =
                "OpenAI's API over frozen language models that are aligned while they decode: see the `alignment` object of the "
                + "generation requests.",
        });
        options.DocInclusionPredicate((_, operation) => operation.HttpMethod != HttpMethods.Head);
        options.IncludeXmlComments(Path.Combine(AppContext.BaseDirectory, "Alignment.Server.xml"));
        options.AddSecurityDefinition(
            KeyScheme,
            new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "Only where the operator configured keys.",
            });
        options.AddSecurityRequirement(
            document => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(KeyScheme, document)] = [] });
        options.SchemaFilter<UnionSchemas>();
        options.SchemaFilter<RangeSchemas>(catalog);
        options.SchemaFilter<AlignmentSchema>(catalog);
        options.OperationFilter<RequestExamples>(catalog);
    }
}
