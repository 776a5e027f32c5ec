using System.Text;
using System.Text.Json.Nodes;
using Alignment.Compute.Contract.NextToken;
using Alignment.Decoding.Drafts;
using Alignment.Decoding.Preparation;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference;
using Alignment.Inference.Sessions;

namespace Alignment.Decoding.Tests.Responses;

/// <summary>What is shown of the tokens that are committed. The miniature tokenizer's tokens are bytes.</summary>
public sealed class ResponseTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly GenerationRequest s_request = new()
    {
        Prompt = new TextPrompt("x"),
        MaxTokens = 40,
        TopLogProbabilities = 0,
    };

    private readonly TinyGenerator _tiny = new();

    public Task InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public ValueTask DisposeAsync() => _tiny.DisposeAsync();

    [Theory]
    [InlineData("abcde", false, "ab", 2, 4)]
    [InlineData("abcde", true, "abcd", 4, 4)]
    [InlineData("abccx", false, "abccx", 5, 5)]
    [InlineData("abc", false, "abc", 3, 3)]
    [InlineData("abé", false, "abé", 4, 4)]
    [InlineData("abéf€dg", false, "abéf", 5, 8)]
    [InlineData("cd", false, "", 0, 2)]
    public Task Tokens_are_shown_as_far_as_the_text_is(string drawn, bool includesStop, string text, int shown, int committed)
    {
        int[] tokens = [.. Encoding.UTF8.GetBytes(drawn).Select(token => (int)token)];
        GenerationRequest request = s_request with { Stop = ["cd", "€"], IncludeStop = includesStop };
        return CommitAsync(request, tokens, [], async (response, draft, events) =>
        {
            response.End();
            Assert.Equal((text, committed), (response.Text, draft.Count));
            Assert.Equal(shown, response.WholeTokens);
            (string told, List<int> ids) = await TellAsync(response, events);
            Assert.Equal(text, told);
            Assert.Equal(tokens[..shown], ids);
            bool stops = committed < tokens.Length || drawn.EndsWith("cd", StringComparison.Ordinal);
            Assert.Equal(stops ? FinishReason.Stop : FinishReason.Length, response.FinishReason);
        });
    }

    /// <summary>The tokens may come at once or one by one: the response ends at the same one, and the draft with it.</summary>
    [Fact]
    public async Task Tokens_drawn_ahead_are_forgotten_behind_the_end()
    {
        int[] tokens = [.. "abcdefgh".Select(letter => (int)letter)];
        for (int chunk = 1; chunk <= tokens.Length; chunk++)
        {
            await CommitAsync(s_request with { Stop = ["e"] }, tokens, [], chunk, (response, draft, _) =>
            {
                Assert.Equal(("abcd", 5, 4), (response.Text, draft.Count, response.WholeTokens));
                Assert.Equal(5 + draft.Sequence.PromptLength, draft.Sequence.Length);
                Assert.Equal(-5, draft.LogProbability);
                return Task.CompletedTask;
            });
        }
    }

    /// <summary>The token that ends in a stop text begins another character, which never comes.</summary>
    [Theory]
    [InlineData(2), InlineData(40)]
    public async Task Nothing_comes_behind_a_stop_text(int maxTokens)
    {
        await using var tiny = new TinyGenerator(change: folder =>
        {
            JsonNode file = JsonNode.Parse(File.ReadAllText(folder.File("tokenizer.json")))!;
            JsonObject vocabulary = file["model"]!["vocab"]!.AsObject();
            vocabulary.Remove("Z");
            vocabulary["b\u00C3"] = (int)'Z'; // the letter b and the first byte of an é
            File.WriteAllText(folder.File("tokenizer.json"), file.ToJsonString());
        });
        GenerationRequest request = s_request with { Stop = ["b"], IncludeStop = true, MaxTokens = maxTokens };
        await CommitAsync(tiny, request, ['a', 'Z'], [], 1, (response, _, _) =>
        {
            response.End();
            Assert.Equal(("ab", FinishReason.Stop), (response.Text, response.FinishReason));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public Task Half_a_character_at_the_end_is_shown_as_broken() =>
        CommitAsync(s_request, ['a', 0xC3], [], async (response, _, events) =>
        {
            Assert.Equal("a", response.Text);
            response.End();
            (string told, List<int> ids) = await TellAsync(response, events);
            Assert.Equal("a\uFFFD", told);
            Assert.Equal(['a', 0xC3], ids);
        });

    [Fact]
    public Task Half_a_character_at_the_end_may_be_what_stops() =>
        CommitAsync(s_request with { Stop = ["\uFFFD"] }, ['a', 0xC3], [], (response, _, _) =>
        {
            response.End();
            Assert.Equal(("a", FinishReason.Stop, 1), (response.Text, response.FinishReason, response.WholeTokens));
            return Task.CompletedTask;
        });

    [Fact]
    public Task Many_tokens_at_once_are_told_in_parts_that_a_slow_reader_can_take() =>
        CommitAsync(s_request with { MaxTokens = 300 }, [.. Enumerable.Repeat((int)'a', 300)], [], 300, async (response, _, events) =>
        {
            await response.TellAsync(events, 3);
            events.Close();
            List<GenerationEvent> told = await ReadAsync(events);
            Assert.Equal([128, 128, 44], told.OfType<TextEvent>().Select(text => text.Tokens.Count));
            Assert.Equal(new string('a', 300), string.Concat(told.OfType<TextEvent>().Select(text => text.Text)));
            Assert.Equal(new FinishEvent(3, FinishReason.Length), told[^1]);
        });

    [Fact]
    public async Task What_is_replaced_is_shown_without_its_tokens()
    {
        int[] tokens = [.. "secret".Select(letter => (int)letter)];
        await CommitAsync(s_request, tokens, [new Replacing(2, 3, "--")], 6, async (response, _, events) =>
        {
            response.End();
            (string told, List<int> ids) = await TellAsync(response, events);
            Assert.Equal("se--t", told);
            Assert.Equal("set".Select(letter => (int)letter), ids);
        });
    }

    /// <summary>Stages hold back as much as that one of them which wants most, in whatever order they look.</summary>
    [Theory]
    [InlineData(3, 1), InlineData(1, 3), InlineData(3, 3), InlineData(0, 3), InlineData(3, 0)]
    public Task As_much_is_held_back_as_any_stage_wants(int first, int second)
    {
        int[] tokens = [.. "abcdef".Select(letter => (int)letter)];
        return CommitAsync(s_request, tokens, [new Holding(first), new Holding(second)], 1, (response, _, _) =>
        {
            Assert.Equal("abc", response.Text);
            return Task.CompletedTask;
        });
    }

    /// <summary>What may become a stop text is held back, and then replaced: the text that is left is shorter than what was held.</summary>
    [Fact]
    public Task What_is_held_back_may_be_replaced_by_less()
    {
        int[] tokens = [.. "bady".Select(letter => (int)letter)];
        return CommitAsync(s_request with { Stop = ["adx"] }, tokens, [new Deleting("bad")], 1, (response, _, _) =>
        {
            Assert.Equal("y", response.Text);
            return Task.CompletedTask;
        });
    }

    /// <summary>A guard has the end of a response drawn anew in which the stop text had cut it.</summary>
    [Fact]
    public Task What_is_drawn_anew_has_no_end_yet()
    {
        int[] tokens = [.. "abcd".Select(letter => (int)letter)];
        int[] redrawn = [.. "abxyzw".Select(letter => (int)letter)];
        GenerationRequest request = s_request with { Stop = ["cd"] };
        return CommitAsync(_tiny, request, tokens, [new EndingOtherwise(2)], 1, redrawn: redrawn, check: (response, _, _) =>
        {
            response.End();
            Assert.Equal(("abxyzw", 6, 1), (response.Text, response.WholeTokens, response.Redraws));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public Task What_has_left_cannot_be_drawn_anew() =>
        CommitAsync(s_request, ['a', 'b'], [new Redrawing()], 1, (_, _, _) => Task.CompletedTask, fails: true);

    [Fact]
    public void A_token_is_described_with_its_text_and_those_beside_it()
    {
        GeneratedToken token = TokenTexts.Describe(
            _tiny.Model.Tokenizer, 'a', -0.5f, [new(0, -1), new('b', -2), TokenLogProbability.None]);
        Assert.Equal(("a", -0.5f), (token.Text, token.LogProbability));
        Assert.Equal("a"u8.ToArray(), token.Bytes);
        Assert.Equal([(0, "\0", -1f), ('b', "b", -2f)], token.Top.Select(entry => (entry.Id, entry.Text, entry.LogProbability)));
        Assert.Equal("<|end|>", TokenTexts.Text(_tiny.Model.Tokenizer, _tiny.Model.Tokenizer.VocabularySize - 1));
        Assert.Equal("", TokenTexts.Text(_tiny.Model.Tokenizer, _tiny.Model.Tokenizer.VocabularySize));
    }

    private static async Task<(string Text, List<int> Tokens)> TellAsync(Response response, EventBuffer events)
    {
        await response.TellAsync(events, 0);
        events.Close();
        List<GenerationEvent> told = await ReadAsync(events);
        TextEvent[] texts = [.. told.OfType<TextEvent>()];
        return (string.Concat(texts.Select(text => text.Text)), [.. texts.SelectMany(text => text.Tokens).Select(token => token.Id)]);
    }

    private static async Task<List<GenerationEvent>> ReadAsync(EventBuffer events)
    {
        List<GenerationEvent> told = [];
        await foreach (GenerationEvent next in events.ReadAllAsync(CancellationToken.None))
        {
            told.Add(next);
        }

        return told;
    }

    private Task CommitAsync(
        GenerationRequest request, int[] tokens, IResponseStage[] guards, Func<Response, Draft, EventBuffer, Task> check)
        => CommitAsync(_tiny, request, tokens, guards, 1, check);

    private Task CommitAsync(
        GenerationRequest request, int[] tokens, IResponseStage[] guards, int chunk, Func<Response, Draft, EventBuffer, Task> check,
        bool fails = false)
        => CommitAsync(_tiny, request, tokens, guards, chunk, check, fails);

    /// <summary>Commits given tokens, so many at once, until the response ends; others once they are to be drawn anew.</summary>
    private static async Task CommitAsync(
        TinyGenerator tiny, GenerationRequest request, int[] tokens, IResponseStage[] guards, int chunk,
        Func<Response, Draft, EventBuffer, Task> check, bool fails = false, int[]? redrawn = null)
    {
        var encoded = (EncodedRequest)tiny.Generator.Prepare(request, [])!;
        await tiny.Engine.RunAsync(
            async session =>
            {
                var stops = new StopStage(request.Stop, request.IncludeStop, request.MinTokens);
                var response = new Response(encoded, tiny.Model.Tokenizer, [stops, .. guards]);
                Draft draft = Given(encoded, session, tokens[..Math.Min(chunk, tokens.Length)]);
                bool ends = response.Commit(draft);
                for (int from = chunk; from < Drawn().Length && !ends; from += chunk)
                {
                    draft = Given(encoded, session, Drawn()[..Math.Min(from + chunk, Drawn().Length)]);
                    if (fails)
                    {
                        Assert.Throws<InvalidOperationException>(() => response.Commit(draft));
                        return true;
                    }

                    ends = response.Commit(draft);
                }

                await check(response, draft, new EventBuffer());
                return true;

                int[] Drawn() => redrawn is not null && response.Redraws > 0 ? redrawn : tokens;
            },
            new SessionOptions(),
            CancellationToken.None);
    }

    private static Draft Given(EncodedRequest encoded, Session session, int[] tokens)
    {
        Sequence sequence = session.CreateSequence(encoded.Prompt, []);
        sequence.Append(tokens);
        DraftToken? last = null;
        foreach (int token in tokens)
        {
            last = new DraftToken(last, new TokenChoice(0, 0) { Token = token, LogProbability = -1 }, encoded.KeepsNumbers);
        }

        return new Draft(encoded, sequence, last);
    }

    private sealed class Replacing(int start, int length, string by) : IResponseStage
    {
        public StageAnswer Look(HeldText held, bool isLast)
        {
            if (isLast)
            {
                held.Replace(start, length, by);
            }

            return StageAnswer.Hold(isLast ? 0 : held.Text.Length);
        }
    }

    /// <summary>Holds everything back until it has a word, which it deletes.</summary>
    private sealed class Deleting(string word) : IResponseStage
    {
        public StageAnswer Look(HeldText held, bool isLast)
        {
            bool isThere = held.Text.SequenceEqual(word);
            if (isThere)
            {
                held.Replace(0, word.Length, "");
            }

            return StageAnswer.Hold(!isThere && word.StartsWith(held.Text.ToString(), StringComparison.Ordinal) ? held.Text.Length : 0);
        }
    }

    /// <summary>Holds back so many characters at the end.</summary>
    private sealed class Holding(int characters) : IResponseStage
    {
        public StageAnswer Look(HeldText held, bool isLast) => StageAnswer.Hold(Math.Min(characters, held.Text.Length));
    }

    /// <summary>Wants the first end that it sees drawn anew, but for so many tokens.</summary>
    private sealed class EndingOtherwise(int kept) : IResponseStage
    {
        private bool _hasSeen;

        public StageAnswer Look(HeldText held, bool isLast)
        {
            bool isFirst = isLast && !_hasSeen;
            _hasSeen |= isLast;
            return isFirst ? StageAnswer.Redraw(kept) : StageAnswer.Hold(isLast ? 0 : held.Text.Length);
        }
    }

    /// <summary>Lets the first token go, and wants it back.</summary>
    private sealed class Redrawing : IResponseStage
    {
        public StageAnswer Look(HeldText held, bool isLast) => held.Count < 2 ? default : StageAnswer.Redraw(0);
    }
}
