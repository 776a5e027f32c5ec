namespace Alignment.Tests;

/// <summary>Runs a JavaScript of tests/clients with Node.</summary>
internal static class NodeOracle
{
    /// <param name="script">the script's path under tests/clients</param>
    /// <param name="input">what the script reads</param>
    /// <param name="arguments">its command line</param>
    public static Task<string> RunAsync(string script, string input, params string[] arguments) =>
        OracleProcess.RunAsync("node", script, input, arguments);
}
