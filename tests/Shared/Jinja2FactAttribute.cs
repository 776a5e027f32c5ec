using System.Diagnostics;
using Xunit;

namespace Alignment.Tests;

/// <summary>
/// A test against Python's Jinja2 as Debian packages it (python3-jinja2); skipped, with the reason, where it is not installed or a file of
/// the shared data is absent.
/// </summary>
internal sealed class Jinja2FactAttribute : FactAttribute
{
    /// <summary>Debian's interpreter; the one on the path may be another, without the package.</summary>
    public const string Python = "/usr/bin/python3";

    private static readonly Lazy<string?> s_reason = new(Reason);

    public Jinja2FactAttribute(params string[] sharedFiles)
    {
        string? missing = sharedFiles.FirstOrDefault(file => !Path.Exists(Path.Combine(RepositoryPaths.SharedData, file)));
        Skip = missing is not null ? $"../shared/data/{missing} is absent" : s_reason.Value;
    }

    private static string? Reason()
    {
        if (!File.Exists(Python))
        {
            return $"{Python} is absent";
        }

        using Process python = Process.Start(new ProcessStartInfo(Python, ["-c", "import jinja2"]) { RedirectStandardError = true })!;
        python.StandardError.ReadToEnd();
        python.WaitForExit();
        return python.ExitCode == 0 ? null : "install Debian's package python3-jinja2 first";
    }
}
