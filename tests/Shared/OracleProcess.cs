using System.Diagnostics;

namespace Alignment.Tests;

/// <summary>Runs a script of tests/clients: standard input in, standard output out.</summary>
internal static class OracleProcess
{
    /// <param name="interpreter">the program that runs the script</param>
    /// <param name="script">the script's path under tests/clients</param>
    /// <param name="input">what the script reads</param>
    /// <param name="arguments">its command line</param>
    public static async Task<string> RunAsync(string interpreter, string script, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(interpreter, [Path.Combine(RepositoryPaths.Clients, script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The script ended early; what it wrote to standard error says why.
        }

        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{script}: {await errors}");
    }
}
