using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Alignment.Tests;

namespace Alignment.Architecture.Tests;

/// <summary>What can be said of the Dockerfile without building it: it names what is there, and publishes and starts as CI does.</summary>
public sealed partial class DockerfileTests
{
    private const string Published = "artifacts/server";

    /// <summary>By stage, each instruction with its arguments.</summary>
    private static readonly List<List<(string Name, string Arguments)>> s_stages = Stages();

    private static List<(string Name, string Arguments)> Build => s_stages[0];

    private static List<(string Name, string Arguments)> Final => s_stages[^1];

    [Fact]
    public void Everything_that_is_copied_is_there_and_is_sent()
    {
        string[] sources = [.. Build.Where(line => line.Name == "COPY").SelectMany(line => line.Arguments.Split(' ')[..^1])];
        Assert.True(sources.Length > 10);
        Assert.All(sources, source =>
        {
            string folder = Path.Combine(RepositoryPaths.Root, Path.GetDirectoryName(source) ?? "");
            string name = Path.GetFileName(source);
            Assert.True(name.Length == 0 ? Directory.Exists(folder) : Directory.EnumerateFiles(folder, name).Any(), source);
            Assert.DoesNotContain(Ignored(), ignored => source.StartsWith(ignored, StringComparison.Ordinal));
        });
    }

    [Fact]
    public void Every_project_of_the_server_is_restored_and_no_other()
    {
        IEnumerable<string> copied = Build
            .Where(line => line.Name == "COPY" && line.Arguments.Contains(".csproj", StringComparison.Ordinal))
            .Select(line => line.Arguments.Split(' ')[^1].TrimEnd('/'));
        Assert.Equal(Projects("Server").Select(name => $"src/Alignment.{name}").Order(), copied.Order());
    }

    [Fact]
    public void What_every_project_is_built_by_is_copied_before_the_restore()
    {
        string[] first = Build.First(line => line.Name == "COPY").Arguments.Split(' ')[..^1];
        string[] shared = ["global.json", "Directory.*", "NuGet.config", "nuget.config", "BannedSymbols.txt", ".editorconfig"];
        string[] there = [.. shared.SelectMany(name => Directory.EnumerateFiles(RepositoryPaths.Root, name)).Select(Path.GetFileName)!];
        Assert.Equal(there.Order(), first.Order());
    }

    [Fact]
    public void What_projects_take_from_outside_of_their_folder_is_copied()
    {
        string[] copied = [.. Build.Where(line => line.Name == "COPY").Select(line => line.Arguments.Split(' ')[0])];
        IEnumerable<string> outside = Projects("Server")
            .SelectMany(name => XDocument.Load(ProjectFile(name)).Descendants())
            .Select(element => element.Attribute("Include")?.Value ?? "")
            .Where(include => include.StartsWith("../../", StringComparison.Ordinal))
            .Select(include => include["../../".Length..]);
        Assert.All(outside, path => Assert.Contains(copied, folder => path.StartsWith(folder, StringComparison.Ordinal)));
    }

    [Fact]
    public void It_publishes_as_CI_does_and_starts_what_was_published()
    {
        string publish = $"dotnet publish src/Alignment.Server -c Release -o {Published}";
        Assert.Contains(publish, File.ReadAllText(Path.Combine(RepositoryPaths.Root, ".ci", "run")), StringComparison.Ordinal);
        Assert.Contains(Build, line => line.Name == "RUN" && line.Arguments == publish);
        string folder = Single(Build, "WORKDIR");
        Assert.Equal($"--from=build {folder}/{Published} ./", Single(Final, "COPY"));
        Assert.DoesNotContain(XDocument.Load(ProjectFile("Server")).Descendants(), element => element.Name == "AssemblyName");
        Assert.Equal("""["dotnet", "Alignment.Server.dll"]""", Single(Final, "ENTRYPOINT"));
    }

    [Fact]
    public void Its_images_are_those_of_the_framework_that_is_built_for()
    {
        using JsonDocument global = JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryPaths.Root, "global.json")));
        JsonElement sdk = global.RootElement.GetProperty("sdk");
        string version = sdk.GetProperty("version").GetString()![..4];
        Assert.Equal("latestFeature", sdk.GetProperty("rollForward").GetString());
        XDocument properties = XDocument.Load(Path.Combine(RepositoryPaths.Root, "Directory.Build.props"));
        Assert.Equal($"net{version}", properties.Descendants("TargetFramework").Single().Value);
        Assert.EndsWith($"/sdk:{version} AS build", Build[0].Arguments, StringComparison.Ordinal);
        Assert.EndsWith($"/aspnet:{version}", Final[0].Arguments, StringComparison.Ordinal);
    }

    [Fact]
    public void It_asks_for_its_health_where_it_listens_and_runs_without_root()
    {
        string port = Single(Final, "EXPOSE");
        Assert.Equal($"ASPNETCORE_HTTP_PORTS={port}", Single(Final, "ENV"));
        Match asked = HealthUrl().Match(Single(Final, "HEALTHCHECK"));
        Assert.Equal(port, asked.Groups[1].Value);
        string routes = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ProjectFile("Server"))!, "Endpoints", "RouteTable.cs"));
        Assert.Contains($"\"{asked.Groups[2].Value}\"", routes, StringComparison.Ordinal);
        Assert.Contains("install -y --no-install-recommends curl ", Single(Final, "RUN"), StringComparison.Ordinal);
        Assert.Equal("$APP_UID", Final.Last(line => line.Name == "USER").Arguments);
    }

    private static List<List<(string Name, string Arguments)>> Stages()
    {
        List<List<(string Name, string Arguments)>> stages = [];
        string text = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "Dockerfile")).Replace("\\\n", " ", StringComparison.Ordinal);
        foreach (string line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            string[] parts = line.Split(' ', 2);
            if (parts[0] == "FROM")
            {
                stages.Add([]);
            }

            stages[^1].Add((parts[0], parts[1].Trim()));
        }

        return stages;
    }

    private static IEnumerable<string> Ignored() => File.ReadLines(Path.Combine(RepositoryPaths.Root, ".dockerignore"))
        .Where(line => line.Length > 0 && !line.StartsWith("**", StringComparison.Ordinal));

    private static string Single(List<(string Name, string Arguments)> stage, string name)
        => Assert.Single(stage, line => line.Name == name).Arguments;

    /// <summary>A project and all that it refers to.</summary>
    private static HashSet<string> Projects(string name)
        => [name, .. SourceProject.All.Single(project => project.Name == name).References.SelectMany(Projects)];

    private static string ProjectFile(string name)
        => Path.Combine(RepositoryPaths.Root, "src", $"Alignment.{name}", $"Alignment.{name}.csproj");

    [GeneratedRegex(@"http://localhost:(\d+)(/\S*)")]
    private static partial Regex HealthUrl();
}
