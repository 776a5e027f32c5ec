using Alignment.Hosting.Options;
using Microsoft.Extensions.DependencyInjection;

namespace Alignment.Hosting;

/// <summary>Adds everything that the section <c>Alignment</c> names to a service collection.</summary>
public static class AlignmentServices
{
    /// <summary>
    /// Loads the models and registers <see cref="AlignmentHost"/> and <see cref="ModelCatalog"/>; the container disposes them.
    /// </summary>
    /// <param name="services">Receives the services.</param>
    /// <param name="options">Checked by <see cref="AlignmentOptionsReader"/>.</param>
    /// <param name="contentRoot">What model paths are relative to first; then the program's own folder.</param>
    /// <exception cref="InvalidConfigurationException">A model or profile cannot be served; every problem is listed.</exception>
    public static async Task AddAlignmentAsync(this IServiceCollection services, AlignmentOptions options, string contentRoot)
    {
        AlignmentHost host = await AlignmentHost.LoadAsync(options, [contentRoot, AppContext.BaseDirectory]);
        services.AddSingleton(_ => host);
        services.AddSingleton(container => container.GetRequiredService<AlignmentHost>().Catalog);
    }
}
