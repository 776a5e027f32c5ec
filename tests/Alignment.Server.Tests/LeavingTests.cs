using Alignment.Decoding.Responses;
using Alignment.Server.Tests.Doubles;

namespace Alignment.Server.Tests;

/// <summary>Whatever works for a request, its prompt included, is told when the client leaves.</summary>
public sealed class LeavingTests
{
    [Theory]
    [InlineData("/v1/chat/completions", """ "messages": [{"role": "user", "content": "x"}] """, "Prepare GenerateAsync")]
    [InlineData("/v1/completions", """ "prompt": "x" """, "Prepare GenerateAsync")]
    [InlineData("/v1/completions", """ "prompt": ["x", "y"] """, "Prepare Prepare GenerateAsync GenerateAsync")]
    [InlineData("/tokenize", """ "messages": [{"role": "user", "content": "x"}] """, "Encode")]
    [InlineData("/tokenize", """ "prompt": "x" """, "Encode")]
    public async Task A_request_is_worked_for_only_while_its_client_waits(string path, string prompt, string calls)
    {
        var generator = new ScriptedGenerator([new FinishEvent(0, FinishReason.Stop), new UsageEvent(1, 1, 0, 1)]);
        await using RunningServer server = await RunningServer.StartAsync(generator);
        await server.PostAsync(path, $$"""{"model": "scripted", {{prompt}}}""");
        Assert.Equal(calls, string.Join(' ', generator.Calls.Select(call => call.Call)));
        Assert.All(generator.Calls, call => Assert.True(call.HearsOfLeaving, call.Call));
    }
}
