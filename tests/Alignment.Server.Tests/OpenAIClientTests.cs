using System.ClientModel;
using System.Text;
using OpenAI;
using OpenAI.Chat;

namespace Alignment.Server.Tests;

/// <summary>OpenAI's own .NET client.</summary>
public sealed class OpenAIClientTests(TinyServer tiny) : IClassFixture<TinyServer>
{
    private readonly ChatClient _chat =
        new OpenAIClient(
            new ApiKeyCredential("none"),
            new OpenAIClientOptions { Endpoint = new Uri($"{tiny.Server.Url}/v1") }).GetChatClient("tiny:best");

    [Fact]
    public async Task A_conversation_is_answered_and_streamed()
    {
#pragma warning disable OPENAI001 // Seed is marked experimental by the SDK.
        var settings = new ChatCompletionOptions
        {
            MaxOutputTokenCount = 16,
            Seed = 7,
            IncludeLogProbabilities = true,
            TopLogProbabilityCount = 2,
        };
#pragma warning restore OPENAI001
        ChatMessage[] messages = [new SystemChatMessage("Be kind."), new UserChatMessage("Hello")];
        ChatCompletion answer = await _chat.CompleteChatAsync(messages, settings);
        var streamed = new StringBuilder();
        await foreach (StreamingChatCompletionUpdate update in _chat.CompleteChatStreamingAsync(messages, settings))
        {
            streamed.Append(string.Concat(update.ContentUpdate.Select(part => part.Text)));
        }

        Assert.Equal(answer.Content[0].Text, streamed.ToString());
        Assert.NotEmpty(answer.ContentTokenLogProbabilities);
        Assert.Equal(answer.Usage.InputTokenCount + answer.Usage.OutputTokenCount, answer.Usage.TotalTokenCount);
    }

    [Fact]
    public async Task What_only_labels_a_request_is_accepted_and_an_answer_can_be_answered()
    {
        var settings = new ChatCompletionOptions
        {
            MaxOutputTokenCount = 4,
            EndUserId = "somebody",
            StoredOutputEnabled = false,
            ResponseFormat = ChatResponseFormat.CreateTextFormat(),
            ToolChoice = ChatToolChoice.CreateNoneChoice(),
        };
        settings.Metadata["team"] = "blue";
        settings.StopSequences.Add("never");
        ChatCompletion answer = await _chat.CompleteChatAsync([new UserChatMessage("Hello")], settings);
        ChatMessage[] messages = [new UserChatMessage("Hello"), new AssistantChatMessage(answer), new UserChatMessage("And?")];
        ChatCompletion next = await _chat.CompleteChatAsync(messages, settings);
        Assert.True(next.Usage.InputTokenCount > answer.Usage.InputTokenCount);
    }

    [Fact]
    public async Task A_mistake_reaches_the_client_with_its_message()
    {
        ClientResultException fault = await Assert.ThrowsAsync<ClientResultException>(
            () => _chat.CompleteChatAsync([new UserChatMessage("Hello")], new ChatCompletionOptions { Temperature = 9 }));
        Assert.Equal(400, fault.Status);
        Assert.Contains("temperature", fault.Message, StringComparison.Ordinal);
    }
}
