using Alignment.Hosting;
using Alignment.Server.Security;

namespace Alignment.Server;

/// <summary>What a newcomer wants to know when the server has started.</summary>
internal static class Banner
{
    public static void Print(TextWriter output, WebApplication app)
    {
        string url = app.Urls.First();
        ModelCatalog catalog = app.Services.GetRequiredService<ModelCatalog>();
        output.WriteLine($"Listening  {url}");
        output.WriteLine($"Swagger    {url}/swagger");
        output.WriteLine($"Key        {app.Services.GetRequiredService<ApiKeys>()}");
        foreach (IGrouping<string, ServedModel> folder in catalog.Models.GroupBy(m => m.Folder))
        {
            output.WriteLine($"Model      {string.Join(", ", folder.Select(m => m.Id))}  ({folder.Key})");
            output.WriteLine($"Device     {folder.First().Device}");
            output.WriteLine($"Cache      {folder.First().Cache}");
        }
    }
}
