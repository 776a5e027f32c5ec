using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Alignment.Decoding;
using Alignment.Decoding.Binding;
using Alignment.Decoding.Policy;
using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Hosting;
using Alignment.Server.Contracts;
using Alignment.Server.Errors;
using Alignment.Server.Requests;
using Alignment.Server.Tests.Doubles;

namespace Alignment.Server.Tests.Requests;

/// <summary>From contracts to generation requests, without HTTP.</summary>
public sealed class BinderTests
{
    private const string Begun = """ "messages": [{"role": "assistant", "content": "x"}] """;

    private const string Hello = """ "messages": [{"role": "user", "content": "x"}] """;

    private static readonly SamplingSettings s_defaults = new()
    {
        Temperature = 0.1f,
        TopP = 0.2f,
        TopK = 3,
        MinP = 0.4f,
        RepetitionPenalty = 1.5f,
        FrequencyPenalty = 0.6f,
        PresencePenalty = 0.7f,
        LogitBias = new Dictionary<int, float> { [8] = 9 },
        IgnoreEos = true,
    };

    private static readonly ModelCatalog s_catalog = new ScriptedGenerator([]).AsCatalog();

    [Fact]
    public void What_a_body_does_not_say_is_the_models_default()
    {
        GenerationRequest request = Chat(Hello);
        Assert.Equal(s_defaults, request.Sampling with { Seed = 0 });
        Assert.Equal((1, null, null), (request.Choices, request.MaxTokens, request.TopLogProbabilities));
        Assert.Equal((0, 0, 0), (request.Stop.Count, request.StopTokens.Count, request.BadWords.Count));
        Assert.False(request.IncludeStop || request.Echo);
        Assert.NotEqual(Chat(Hello).Sampling.Seed, Chat(Hello).Sampling.Seed);
    }

    [Fact]
    public void What_a_body_says_stands_over_the_models_default()
    {
        GenerationRequest request = Chat(Hello + """
            , "temperature": 0.9, "top_p": 0.8, "top_k": 7, "min_p": 0.6, "repetition_penalty": 1.4, "frequency_penalty": 0.3,
            "presence_penalty": 0.2, "logit_bias": {"1": 2}, "ignore_eos": false, "seed": -1, "n": 3, "stop": ["a", "b"],
            "stop_token_ids": [5, 6], "include_stop_str_in_output": true, "min_tokens": 4, "bad_words": ["c", " ", ""],
            "prompt_logprobs": 2, "alignment": {"report": true}
            """);
        SamplingSettings sampling = request.Sampling;
        Assert.Equal((0.9f, 0.8f, 7, 0.6f), (sampling.Temperature, sampling.TopP, sampling.TopK, sampling.MinP));
        Assert.Equal((1.4f, 0.3f, 0.2f), (sampling.RepetitionPenalty, sampling.FrequencyPenalty, sampling.PresencePenalty));
        Assert.Equal([new KeyValuePair<int, float>(1, 2)], sampling.LogitBias);
        Assert.Equal((false, ulong.MaxValue), (sampling.IgnoreEos, sampling.Seed));
        Assert.Equal((3, true, 4, 2), (request.Choices, request.IncludeStop, request.MinTokens, request.PromptLogProbabilities));
        Assert.Equal(["a", "b"], request.Stop);
        Assert.Equal([5, 6], request.StopTokens);
        Assert.Equal(["c", " ", ""], request.BadWords);
        Assert.True(request.Alignment.Report);
    }

    [Theory]
    [InlineData("", ChatEnding.NextTurn)]
    [InlineData(""", "add_generation_prompt": true""", ChatEnding.NextTurn)]
    [InlineData(""", "add_generation_prompt": false""", ChatEnding.LastTurn)]
    [InlineData(""", "continue_final_message": false""", ChatEnding.NextTurn)]
    [InlineData(""", "continue_final_message": true""", ChatEnding.LastContent)]
    [InlineData(""", "continue_final_message": true, "add_generation_prompt": false""", ChatEnding.LastContent)]
    public void A_prompt_ends_as_its_body_says(string json, ChatEnding ending)
        => Assert.Equal(ending, Assert.IsType<ChatPrompt>(Chat(Begun + json).Prompt).Ending);

    [Theory]
    [InlineData("\"messages\": [null]", "messages[0]: must be an object, not null")]
    [InlineData(Hello + ", \"bad_words\": [\"a\", null, null]", "bad_words[1]: must be a string, not null")]
    public void A_missing_element_is_one_problem(string json, string problem)
    {
        ProblemCollection problems = [];
        Chat(json, problems);
        Assert.Equal([problem], problems.Select(found => found.ToString()));
    }

    /// <summary>A value of the wrong type is not there when the others are looked at.</summary>
    [Fact]
    public void What_was_given_wrongly_is_not_held_against_another_field()
    {
        ProblemCollection problems = [new("logprobs", "is wrong"), new("n", "is wrong")];
        Chat(Hello + """, "top_logprobs": 2""", problems);
        Completions("\"prompt\": \"x\", \"best_of\": 3", problems);
        Assert.Equal(2, problems.Count);
    }

    [Fact]
    public void What_is_known_to_be_wrong_is_not_missing_as_well()
    {
        ProblemCollection problems = [new("messages[0].role", "is wrong"), new("prompt", "is wrong"), new("model", "is wrong")];
        Chat("", problems);
        Completions("", problems);
        Assert.Throws<InvalidRequestException>(() => s_catalog.Find(null, problems));
        Assert.Equal(3, problems.Count);
    }

    [Fact]
    public void The_operators_ceilings_hold_for_both_kinds_of_bodies()
    {
        var policy = new AlignmentPolicy { MaximumTemperature = 1 };
        ServedModel model = s_catalog.Models[0] with
        {
            Binder = new AlignmentBinder(AlignmentNames.None, policy, new GenerationLimits(), StandardMethods.Catalog),
        };
        ProblemCollection chat = [];
        ChatBinder.Bind(Read("{" + Hello + """, "temperature": 1.5}""", ServerJson.Wire.ChatCompletionRequest), model, chat);
        Assert.Equal("temperature", Assert.Single(chat).Path);
        ProblemCollection completion = [];
        CompletionBinder.Bind(Read("""{"prompt": "x", "temperature": 1.5}""", ServerJson.Wire.CompletionRequest), model, 3, completion);
        Assert.Equal("temperature", Assert.Single(completion).Path);
    }

    [Fact]
    public void Roles_become_those_that_templates_know()
    {
        GenerationRequest request = Chat("""
            "messages": [{"role": "system", "content": "a"}, {"role": "developer", "content": "b"}, {"role": "user", "content": "c"},
             {"role": "assistant", "content": ""}]
            """);
        Assert.Equal(
            [new ChatTurn("system", "a"), new ChatTurn("system", "b"), new ChatTurn("user", "c"), new ChatTurn("assistant", "")],
            Assert.IsType<ChatPrompt>(request.Prompt).Turns);
    }

    [Theory]
    [InlineData(""" "messages": [] """, "messages")]
    [InlineData(""" "n": 1 """, "messages")]
    [InlineData(""" "messages": [{"role": "user", "content": "x"}, {"role": "tool", "content": "x"}] """, "messages[1].role")]
    [InlineData(""" "messages": [{"content": "x"}] """, "messages[0].role")]
    [InlineData(""" "messages": [{"role": "user"}] """, "messages[0].content")]
    [InlineData(Hello + """, "top_logprobs": 2 """, "top_logprobs")]
    [InlineData(Hello + """, "top_logprobs": 2, "logprobs": false """, "top_logprobs")]
    [InlineData(Hello + """, "prompt_logprobs": 2, "stream": true """, "prompt_logprobs")]
    [InlineData(Hello + """, "continue_final_message": true, "add_generation_prompt": true """, "continue_final_message")]
    [InlineData(""" "messages": [null] """, "messages[0]")]
    [InlineData(Hello + """, "continue_final_message": true """, "continue_final_message")]
    [InlineData(""" "messages": [{"role": "system", "content": "x"}], "continue_final_message": true """, "continue_final_message")]
    [InlineData(""" "messages": [{"role": "nobody", "content": "x"}], "continue_final_message": true """, "messages[0].role")]
    [InlineData(Hello + """, "alignment": {"nobody": 1} """, "alignment.nobody")]
    public void A_mistake_in_a_chat_is_named(string json, params string[] paths)
    {
        ProblemCollection problems = [];
        Chat(json, problems);
        Assert.Equal(paths, problems.Select(problem => problem.Path));
    }

    [Fact]
    public void More_messages_than_a_conversation_may_have_are_refused()
    {
        ProblemCollection problems = [];
        IEnumerable<string> messages = Enumerable.Repeat("""{"role": "user", "content": "x"}""", 2049);
        Chat($"\"messages\": [{string.Join(',', messages.Skip(1))}]");
        Chat($"\"messages\": [{string.Join(',', messages)}]", problems);
        RequestProblem problem = Assert.Single(problems);
        Assert.Equal("messages", problem.Path);
        Assert.StartsWith("has 2049 messages", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_lengths_of_one_answer_are_refused_by_both_names()
    {
        ProblemCollection problems = [];
        Chat(Hello + """, "max_tokens": 2, "max_completion_tokens": 3 """, problems);
        Assert.Equal(
            "max_completion_tokens: is 3 and max_tokens 2: give one, or both the same", Assert.Single(problems).ToString());
    }

    [Theory]
    [InlineData("", null, null)]
    [InlineData(""", "max_tokens": 5 """, 5, null)]
    [InlineData(""", "max_tokens": 6, "max_completion_tokens": 6 """, 6, null)]
    [InlineData(""", "logprobs": true """, null, 0)]
    [InlineData(""", "logprobs": true, "top_logprobs": 4 """, null, 4)]
    [InlineData(""", "logprobs": false """, null, null)]
    [InlineData(""", "prompt_logprobs": 2, "stream": false """, null, null)]
    public void A_chats_lengths_and_log_probabilities_are_read(string json, int? maxTokens, int? top)
    {
        GenerationRequest request = Chat(Hello + json);
        Assert.Equal((maxTokens, top), (request.MaxTokens, request.TopLogProbabilities));
        bool newer = json.Contains("completion", StringComparison.Ordinal);
        Assert.Equal(newer ? "max_completion_tokens" : "max_tokens", request.Fields.MaxTokens);
        Assert.Equal("messages", request.Fields.Prompt);
    }

    [Theory]
    [InlineData(""" "prompt": "x" """, 1, 16, null, false)]
    [InlineData(""" "prompt": "x", "max_tokens": 3, "logprobs": 5, "echo": true, "best_of": 1 """, 1, 3, 5, true)]
    [InlineData(""" "prompt": ["x", "y"], "logprobs": 0, "echo": false, "n": 2, "best_of": 2 """, 2, 16, 0, false)]
    [InlineData(""" "prompt": "x", "alignment": {"report": true} """, 1, 16, null, false)]
    public void Each_prompt_of_a_completion_is_a_request(string json, int prompts, int maxTokens, int? top, bool echo)
    {
        IReadOnlyList<GenerationRequest> requests = Completions(json);
        Assert.Equal(prompts, requests.Count);
        Assert.All(requests, made => Assert.Equal(maxTokens, made.MaxTokens ?? made.UsualMaxTokens));
        Assert.All(requests, made => Assert.Equal((top, echo), (made.TopLogProbabilities, made.Echo)));
        Assert.Equal(prompts == 1 ? ["prompt"] : ["prompt[0]", "prompt[1]"], requests.Select(request => request.Fields.Prompt));
        Assert.Equal(prompts == 1 ? ["x"] : ["x", "y"], requests.Select(request => Assert.IsType<TextPrompt>(request.Prompt).Text));
        Assert.All(requests, request => Assert.Equal("logprobs", request.Fields.TopLogProbabilities));
    }

    [Fact]
    public void As_many_prompts_as_the_server_takes_are_taken()
        => Assert.Equal(
            ["a", "b", "c"], Completions(""" "prompt": ["a", "b", "c"] """).Select(request => ((TextPrompt)request.Prompt).Text));

    [Theory]
    [InlineData(""" "n": 1 """, "prompt", "is required: 1 to 3 prompts")]
    [InlineData(""" "prompt": ["a", "b", "c", "d"] """, "prompt", "has 4 prompts, at most 3")]
    [InlineData(""" "prompt": "x", "logprobs": 6 """, "logprobs")]
    [InlineData(""" "prompt": "x", "best_of": 2 """, "best_of")]
    [InlineData(""" "prompt": "x", "n": 2, "best_of": 3 """, "best_of")]
    [InlineData(""" "prompt": ["a", "b"], "alignment": {"report": true} """, "alignment.report")]
    [InlineData(""" "prompt": "x", "logprobs": -1 """, "logprobs")]
    public void A_mistake_in_a_completion_is_named(string json, string path, string message = "")
    {
        ProblemCollection problems = [];
        IReadOnlyList<GenerationRequest> requests = Completions(json, problems);
        RequestProblem problem = Assert.Single(problems);
        Assert.Equal(path, problem.Path);
        Assert.StartsWith(message, problem.Message, StringComparison.Ordinal);
        Assert.InRange(requests.Count, 1, 3);
    }

    [Fact]
    public void A_model_is_found_by_its_name_and_else_what_exists_is_said()
    {
        Assert.Equal("scripted", s_catalog.Find("scripted").Id);
        Assert.Equal("scripted", s_catalog.Find("scripted", [new("temperature", "must be a number")]).Id);
        Assert.Throws<ApiException>(() => s_catalog.Find("nobody", []));
        ProblemCollection problems = [new("temperature", "must be a number")];
        InvalidRequestException missing = Assert.Throws<InvalidRequestException>(() => s_catalog.Find(null, problems));
        Assert.Equal(["temperature", "model"], missing.Problems.Select(problem => problem.Path));
        Assert.Contains("scripted", missing.Message, StringComparison.Ordinal);
        ApiException unknown = Assert.Throws<ApiException>(() => s_catalog.Find(new string('x', 101)));
        Assert.Equal((404, "model_not_found"), (unknown.Status, unknown.Error.Code));
        Assert.Contains($"'{new string('x', 100)}...'", unknown.Message, StringComparison.Ordinal);
        ApiException whole = Assert.Throws<ApiException>(() => s_catalog.Find(new string('y', 100)));
        Assert.Contains($"'{new string('y', 100)}'", whole.Message, StringComparison.Ordinal);
    }

    private static GenerationRequest Chat(string json, ProblemCollection? problems = null)
        => Bind(json, problems, ServerJson.Wire.ChatCompletionRequest, (body, model, found) => ChatBinder.Bind(body, model, found));

    private static IReadOnlyList<GenerationRequest> Completions(string json, ProblemCollection? problems = null) => Bind(
        json, problems, ServerJson.Wire.CompletionRequest, (body, model, found) =>
            CompletionBinder.Bind(body, model, maxPrompts: 3, found));

    private static TResult Bind<TBody, TResult>(
        string json, ProblemCollection? problems, JsonTypeInfo<TBody> type, Func<TBody, ServedModel, ProblemCollection, TResult> bind)
    {
        ProblemCollection found = problems ?? [];
        ServedModel model = s_catalog.Models[0] with { Sampling = s_defaults };
        TResult result = bind(Read("{" + json + "}", type), model, found);
        Assert.True(problems is not null || found.Count == 0, found.ToString());
        return result;
    }

    private static TBody Read<TBody>(string json, JsonTypeInfo<TBody> type) => JsonSerializer.Deserialize(json, type)!;
}
