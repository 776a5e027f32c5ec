using System.Diagnostics;
using System.Text;

namespace Alignment.Cli.Tests;

/// <summary>Runs the built program as a user does.</summary>
internal static class CliProcess
{
    public static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => RunAsync(null, arguments);

    /// <param name="setting">A variable of its environment, with its value.</param>
    /// <param name="arguments">As a user writes them.</param>
    public static async Task<(int Code, string Output, string Error)> RunAsync((string Name, string Value)? setting, string[] arguments)
    {
        using Process process = Start(setting, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    /// <summary>The running program, which the caller disposes of.</summary>
    public static Process Start((string Name, string Value)? setting, string[] arguments)
    {
        // A background job of a shell without job control ignores SIGINT, and so would its children: the tests must not depend on who
        // runs them.
        ProcessStartInfo start = new(
            "env", ["--default-signal=INT", "dotnet", Path.Combine(AppContext.BaseDirectory, "Alignment.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        if (setting is var (name, value))
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start");
    }
}
