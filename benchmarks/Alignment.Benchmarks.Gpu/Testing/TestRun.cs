using System.Reflection;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Alignment.Benchmarks.Gpu.Testing;

/// <summary>Runs xunit tests without the .NET SDK: prints failures and why tests were skipped, last how many there were.</summary>
internal sealed class TestRun : LongLivedMarshalByRefObject, IMessageSink, IDisposable
{
    private readonly ManualResetEventSlim _finished = new();
    private readonly SortedDictionary<string, int> _skips = new(StringComparer.Ordinal);
    private int _passed;
    private int _failed;

    /// <summary>Runs the tests of the named classes, or all where none is named.</summary>
    /// <returns>Whether any ran and none failed.</returns>
    public static bool Run(Assembly assembly, IReadOnlyCollection<string> classes)
    {
        using TestRun run = new();
        using XunitTestFramework framework = new(run);
        using Discovery discovery = new();
        FrameworkOptions options = new();
        framework.GetDiscoverer(Reflector.Wrap(assembly)).Find(includeSourceInformation: false, discovery, options);
        ITestCase[] cases = [.. discovery.Wait().Where(test => classes.Count == 0 || classes.Contains(ShortName(test)))];
        if (classes.Except(cases.Select(ShortName)).FirstOrDefault() is { } unknown)
        {
            Console.WriteLine($"{unknown} has no tests");
            return false;
        }

        framework.GetExecutor(assembly.GetName()).RunTests(cases, run, options);
        run._finished.Wait();
        return run.Print();
    }

    public bool OnMessage(IMessageSinkMessage message)
    {
        switch (message)
        {
            case ITestPassed passed:
                _passed++;
                PrintSlow(passed);
                break;
            case ITestSkipped skipped:
                _skips[skipped.Reason] = _skips.GetValueOrDefault(skipped.Reason) + 1;
                break;
            case ITestFailed failed:
                Fail(failed.Test.DisplayName, failed);
                break;
            case IFailureInformation failure:
                Fail("outside a test", failure);
                break;
            case ITestAssemblyFinished:
                _finished.Set();
                break;
        }

        return true;
    }

    public void Dispose() => _finished.Dispose();

    private static string ShortName(ITestCase test) => test.TestMethod.TestClass.Class.Name.Split('.')[^1];

    private static void PrintSlow(ITestPassed passed)
    {
        if (passed.ExecutionTime >= 1)
        {
            Console.WriteLine($"{passed.ExecutionTime:F1} s  {passed.Test.DisplayName}");
        }
    }

    private void Fail(string name, IFailureInformation failure)
    {
        _failed++;
        Console.WriteLine($"FAILED  {name}");
        for (int i = 0; i < failure.Messages.Length; i++)
        {
            Console.WriteLine($"  {failure.ExceptionTypes[i]}: {failure.Messages[i]}\n{failure.StackTraces[i]}");
        }
    }

    private bool Print()
    {
        foreach ((string reason, int count) in _skips)
        {
            Console.WriteLine($"skipped {count}: {reason}");
        }

        Console.WriteLine($"{_passed} passed, {_failed} failed, {_skips.Values.Sum()} skipped");
        return _passed > 0 && _failed == 0;
    }
}
