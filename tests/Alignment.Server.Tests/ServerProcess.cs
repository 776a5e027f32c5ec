using System.Diagnostics;
using System.Text;

namespace Alignment.Server.Tests;

/// <summary>The built server as a process of its own, as an operator starts and stops it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly TaskCompletionSource<string> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Alignment.Server.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start");
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Everything it has printed so far, its log included.</summary>
    public string Output => Copy(_output);

    public string Error => Copy(_error);

    /// <summary>Where the banner says that it listens.</summary>
    public Task<string> Url => _url.Task.WaitAsync(TimeSpan.FromMinutes(1));

    public static ServerProcess Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    public static ServerProcess Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
        => new(environment, arguments);

    /// <summary>As <c>kill -TERM</c> does.</summary>
    public void Terminate() => Process.Start("kill", ["-TERM", $"{_process.Id}"]).WaitForExit();

    /// <summary>Its exit code, when it has ended by itself.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static string Copy(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            text.Append(line).Append(line is null ? "" : "\n");
        }
    }

    private void Read(string? line)
    {
        const string Listening = "Listening  ";
        Append(_output, line);
        if (line is null)
        {
            _url.TrySetException(new InvalidOperationException($"The server ended: {Output}{Error}"));
        }
        else if (line.StartsWith(Listening, StringComparison.Ordinal))
        {
            _url.TrySetResult(line[Listening.Length..]);
        }
    }
}
