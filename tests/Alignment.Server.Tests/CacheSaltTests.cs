using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Alignment.Tests;

namespace Alignment.Server.Tests;

/// <summary>
/// Two API keys share no cached prefix, however long: what is cached, and how fast an answer begins, tells nothing of others.
/// </summary>
public sealed class CacheSaltTests
{
    private const string Long = "A prompt that fills several pages of sixteen tokens each, so that there is something to share.";
    private const string Chat = $$"""{"model": "tiny", "messages": [{"role": "user", "content": "{{Long}}"}], "max_tokens": 2 """;
    private const string Guided = Chat + """, "alignment": {"guidance": [{"source": "arm"}, {"source": "prompt", "text": "Be rude."}]} """;
    private const string Completion = $$"""{"model": "tiny", "prompt": "{{Long}}", "max_tokens": 2 """;

    [Theory]
    [InlineData("/v1/chat/completions", Chat)]
    [InlineData("/v1/chat/completions", Guided)]
    [InlineData("/v1/completions", Completion)]
    public async Task A_key_finds_its_own_prefix_in_the_cache_and_no_others(string path, string body)
    {
        using TemporaryFolder folder = new();
        await using RunningServer server = await RunningServer.StartAsync(
            [.. TinyServer.Configuration(folder.Path), "--Server:ApiKeys:0=first-of-two-keys", "--Server:ApiKeys:1=second-of-two-keys"]);
        Assert.Equal(0, await CachedAsync("first-of-two-keys"));
        int own = await CachedAsync("first-of-two-keys");
        Assert.True(own >= 64, $"only {own} tokens were cached");
        Assert.Equal(0, await CachedAsync("second-of-two-keys"));
        Assert.Equal(own, await CachedAsync("second-of-two-keys"));

        async Task<int> CachedAsync(string key)
        {
            server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            JsonNode answer = await server.PostAsync(path, body + "}");
            return (int)answer["usage"]!["prompt_tokens_details"]!["cached_tokens"]!;
        }
    }
}
