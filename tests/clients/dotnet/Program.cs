// One chat, streamed and not, through the official client: dotnet run -- URL
using System.ClientModel;
using System.Text;
using OpenAI;
using OpenAI.Chat;

var options = new OpenAIClientOptions { Endpoint = new Uri($"{args[0]}/v1") };
var client = new OpenAIClient(new ApiKeyCredential("none"), options);
string model = (await client.GetOpenAIModelClient().GetModelsAsync()).Value.First().Id;
ChatClient chat = client.GetChatClient(model);
ChatMessage[] messages = [new UserChatMessage("Hello, how are you?")];
#pragma warning disable OPENAI001 // Seed is marked experimental by the SDK.
var settings = new ChatCompletionOptions { MaxOutputTokenCount = 24, Temperature = 0.7f, Seed = 7 };
#pragma warning restore OPENAI001

ChatCompletion answer = await chat.CompleteChatAsync(messages, settings);
var streamed = new StringBuilder();
await foreach (StreamingChatCompletionUpdate update in chat.CompleteChatStreamingAsync(messages, settings))
{
    streamed.Append(string.Concat(update.ContentUpdate.Select(part => part.Text)));
}

string text = answer.Content[0].Text;
bool holds = text.Length > 0
    && text == streamed.ToString()
    && answer.FinishReason is ChatFinishReason.Stop or ChatFinishReason.Length or ChatFinishReason.ContentFilter
    && answer.Usage.TotalTokenCount == answer.Usage.InputTokenCount + answer.Usage.OutputTokenCount;
Console.WriteLine($"OpenAI .NET: \"{text}\"{(holds ? "" : $" but streamed \"{streamed}\"")}");
return holds ? 0 : 1;
