using System.Diagnostics;

namespace Alignment.Tests;

/// <summary>Runs a script of tests/clients: standard input in, standard output out.</summary>
internal static class NodeOracle
{
    /// <param name="script">the script's path under tests/clients</param>
    /// <param name="input">what the script reads</param>
    /// <param name="arguments">its command line</param>
    public static async Task<string> RunAsync(string script, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(RepositoryPaths.Clients, script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process node = Process.Start(start)!;
        Task<string> output = node.StandardOutput.ReadToEndAsync();
        Task<string> errors = node.StandardError.ReadToEndAsync();
        try
        {
            await node.StandardInput.WriteAsync(input);
            node.StandardInput.Close();
        }
        catch (IOException)
        {
            // The script ended early; what it wrote to standard error says why.
        }

        await node.WaitForExitAsync();
        return node.ExitCode == 0 ? await output : throw new InvalidOperationException($"{script}: {await errors}");
    }
}
