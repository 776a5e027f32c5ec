using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Alignment.Architecture.Tests;

/// <summary>
/// Which folder of a project knows which other, as the compiler understands the source: a name in one folder that means a type of another,
/// or a member of such a type, is an edge. Comments are not read. The project's own folder is "." and a folder like the others.
/// </summary>
internal sealed class FolderGraph
{
    /// <summary>What ImplicitUsings says, as far as names of ours depend on it.</summary>
    private const string GlobalUsings = "global using System; global using System.Collections.Generic; global using System.IO; "
        + "global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly Lazy<CSharpCompilation> s_compilation = new(Compile);

    /// <summary>Edge to one place that makes it: "Type in File.cs".</summary>
    private readonly SortedDictionary<(string From, string To), string> _edges = [];
    private readonly SourceProject _project;

    private FolderGraph(SourceProject project) => _project = project;

    public static FolderGraph Of(SourceProject project)
    {
        var graph = new FolderGraph(project);
        foreach (SyntaxTree tree in s_compilation.Value.SyntaxTrees.Where(graph.IsOwn))
        {
            graph.AddNamesOf(s_compilation.Value.GetSemanticModel(tree));
        }

        return graph;
    }

    /// <summary>For tests of the graph itself.</summary>
    public static FolderGraph Of(params (string From, string To)[] edges)
    {
        var graph = new FolderGraph(new SourceProject("", ""));
        Array.ForEach(edges, edge => graph._edges[edge] = "");
        return graph;
    }

    /// <summary>Every edge that lies on a circle, with a place that makes it; empty where the folders are floors.</summary>
    public IReadOnlyList<string> Circles() =>
        [.. _edges.Where(edge => Reached(edge.Key.To).Contains(edge.Key.From)).Select(edge => $"{edge.Key.From} -> {edge.Key.To}: "
            + $"{edge.Value}")];

    private HashSet<string> Reached(string start)
    {
        HashSet<string> reached = [start];
        Stack<string> open = new(reached);
        while (open.TryPop(out string? folder))
        {
            foreach ((string _, string to) in _edges.Keys.Where(edge => edge.From == folder && reached.Add(edge.To)))
            {
                open.Push(to);
            }
        }

        return reached;
    }

    private void AddNamesOf(SemanticModel model)
    {
        string file = model.SyntaxTree.FilePath;
        foreach (SimpleNameSyntax name in model.SyntaxTree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
        {
            foreach (SyntaxTree declaration
                in TypeOf(model.GetSymbolInfo(name))?.DeclaringSyntaxReferences.Select(part => part.SyntaxTree) ?? [])
            {
                Add(Folder(file), declaration, $"{name.Identifier.Text} in {Path.GetFileName(file)}");
            }
        }
    }

    private void Add(string from, SyntaxTree declaration, string place)
    {
        if (IsOwn(declaration) && Folder(declaration.FilePath) is var to && to != from)
        {
            _edges.TryAdd((from, to), place);
        }
    }

    private static INamedTypeSymbol? TypeOf(SymbolInfo info) => (info.Symbol ?? info.CandidateSymbols.FirstOrDefault()) switch
    {
        INamedTypeSymbol type => type,
        INamespaceSymbol or null => null,
        var member => member.ContainingType,
    };

    private bool IsOwn(SyntaxTree tree) =>
        tree.FilePath.StartsWith(_project.Folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private string Folder(string file) => Path.GetRelativePath(_project.Folder, Path.GetDirectoryName(file)!);

    /// <summary>
    /// All projects at once, without their packages: a name of ours is understood wherever it stands, one of a package's need not be.
    /// </summary>
    private static CSharpCompilation Compile()
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        IEnumerable<SyntaxTree> sources = SourceProject.All.SelectMany(project => project.Sources)
            .Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), options, file));
        IEnumerable<MetadataReference> platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => Path.GetFileName(file).StartsWith("System.", StringComparison.Ordinal))
            .Select(file => MetadataReference.CreateFromFile(file));
        return CSharpCompilation.Create("Sources", sources.Append(CSharpSyntaxTree.ParseText(GlobalUsings, options)), platform);
    }
}
