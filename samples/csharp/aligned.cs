// The frozen model, guidance, best-of-8 by profile, and a stream; .NET 10, no packages: dotnet run aligned.cs -- [URL]
#:property PublishAot=false
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Nodes;

using var client = new HttpClient { BaseAddress = new Uri(args is [string url, ..] ? url : "http://localhost:8080") };

Console.WriteLine($"frozen:    {await AskAsync(new() { ["model"] = "tiny-chat" })}");
var guidance = new JsonObject { ["guidance"] = new JsonArray(new JsonObject { ["source"] = "helpful", ["weight"] = 1.0 }) };
Console.WriteLine($"guided:    {await AskAsync(new() { ["model"] = "tiny-chat", ["alignment"] = guidance })}");
Console.WriteLine($"best of 8: {await AskAsync(new() { ["model"] = "tiny-chat:best-of-8" })}");
Console.Write("streamed:  ");
await foreach (string piece in StreamAsync(new() { ["model"] = "tiny-chat" }))
{
    Console.Write(piece);
}

Console.WriteLine();

async Task<string> AskAsync(JsonObject fields)
{
    using HttpResponseMessage answer = await PostAsync(fields);
    JsonNode? json = await answer.Content.ReadFromJsonAsync<JsonNode>();
    return (string)json!["choices"]![0]!["message"]!["content"]!;
}

async IAsyncEnumerable<string> StreamAsync(JsonObject fields)
{
    fields["stream"] = true;
    using HttpResponseMessage answer = await PostAsync(fields);
    await foreach (SseItem<string> item in SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync())
    {
        if (item.Data != "[DONE]" && JsonNode.Parse(item.Data)!["choices"]!.AsArray() is [JsonNode choice, ..])
        {
            yield return (string?)choice["delta"]!["content"] ?? "";
        }
    }
}

async Task<HttpResponseMessage> PostAsync(JsonObject fields)
{
    fields["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "I am hungry. Can you find me a place to eat?" });
    fields["max_tokens"] = 40;
    fields["seed"] = 2;
    var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
    {
        Content = new StringContent(fields.ToJsonString(), null, "application/json"),
    };
    HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    return answer.IsSuccessStatusCode ? answer : throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
}
