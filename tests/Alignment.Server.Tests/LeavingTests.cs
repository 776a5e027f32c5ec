using Alignment.Decoding;
using Alignment.Server.Tests.Doubles;

namespace Alignment.Server.Tests;

/// <summary>A chat template runs before anything is generated; whoever runs it is told when the client leaves.</summary>
public sealed class LeavingTests
{
    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/tokenize")]
    public async Task A_prompt_is_encoded_only_while_its_client_waits(string path)
    {
        var generator = new ScriptedGenerator([new FinishEvent(0, FinishReason.Stop), new UsageEvent(1, 1, 0, 1)]);
        await using RunningServer server = await RunningServer.StartAsync(generator);
        await server.PostAsync(path, """{"model": "scripted", "messages": [{"role": "user", "content": "x"}]}""");
        Assert.True(generator.HearsOfLeaving);
    }
}
