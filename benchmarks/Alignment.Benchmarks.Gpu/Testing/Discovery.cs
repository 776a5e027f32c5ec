using Xunit;
using Xunit.Abstractions;

namespace Alignment.Benchmarks.Gpu.Testing;

/// <summary>Collects the tests of an assembly.</summary>
internal sealed class Discovery : LongLivedMarshalByRefObject, IMessageSink, IDisposable
{
    private readonly List<ITestCase> _cases = [];
    private readonly ManualResetEventSlim _complete = new();

    /// <summary>All tests, once they are all known.</summary>
    public IReadOnlyList<ITestCase> Wait()
    {
        _complete.Wait();
        return _cases;
    }

    public bool OnMessage(IMessageSinkMessage message)
    {
        if (message is ITestCaseDiscoveryMessage found)
        {
            _cases.Add(found.TestCase);
        }
        else if (message is IDiscoveryCompleteMessage)
        {
            _complete.Set();
        }

        return true;
    }

    public void Dispose() => _complete.Dispose();
}
