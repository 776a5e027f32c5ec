using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Alignment.Compute.Contract.Random;
using Alignment.Server.Tests.Listening;
using Alignment.Tests;

namespace Alignment.Server.Tests.Bodies;

/// <summary>
/// Whatever bytes come: a success or an answer in the 4xx range, in OpenAI's shape, and the next request on the connection is served.
/// </summary>
public sealed class FuzzTests
{
    private const int Bodies = 600;
    private const int Heads = 120;
    private const int MaxEdits = 4;

    /// <summary>Half a head gets no answer before the time for heads is over.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(100);

    private static readonly (string Path, string Body)[] s_valid =
    [
        ("/v1/chat/completions", """
            {"model": "tiny", "seed": 7, "max_tokens": 2, "temperature": 0.5, "top_p": 0.9, "stop": ["a", "b"], "logit_bias": {"65": 1.5},
             "messages": [{"role": "system", "content": "é"}, {"role": "user", "content": [{"type": "text", "text": "Hi \u00e9"}]}],
             "logprobs": true, "top_logprobs": 2}
            """),
        ("/v1/chat/completions", """
            {"model": "tiny:best", "messages": [{"role": "user", "content": "x"}], "max_completion_tokens": 2, "n": 2, "stream": true,
             "stream_options": {"include_usage": true}, "alignment": {"report": true,
             "guidance": [{"source": "head", "weight": 1}, {"source": "prompt", "text": "y", "weight": -1}],
             "search": {"method": "best_of_n", "n": 3, "tau": 0.5, "reward": [{"name": "value", "weight": 2, "transform": "log_sigmoid"}]}}}
            """),
        ("/v1/completions", """
            {"model": "tiny", "prompt": ["abc", "x"], "max_tokens": 2, "logprobs": 1, "echo": true, "user": "u", "metadata": {"a": [1, {}]}}
            """),
        ("/v1/completions", """
            {"model": "tiny", "prompt": [[97, 98], [99]], "max_tokens": 2, "presence_penalty": -1, "min_p": 0.1, "top_k": 3, "best_of": 1}
            """),
        ("/tokenize", """{"model": "tiny", "messages": [{"role": "user", "content": "x"}]}"""),
        ("/tokenize", """{"model": "tiny", "prompt": "h\u00e9llo <|endoftext|>"}"""),
        ("/detokenize", """{"model": "tiny", "tokens": [104, 195, 169, 260]}"""),
    ];

    private static readonly byte[][] s_pieces =
    [
        .. ((string[])["null", "true", "0", "-1", "1e999", "-0", "0.1", "99999999999999999999", "NaN", "[]", "{}", "[[", "}", "]", ",", ":",
            "\"", "\\", "\"\"", "\\ud83d", "\\ude00", "\"\\ud83d\"", "\\u0000", "\"n\":1,", "\"tiny\"", "\"model\":1,", "{\"a\":[",
            "\U0001F600", "<|system|>", "\r\n", "\0"])
            .Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xED, 0xA0, 0xBD], [0xEF, 0xBB, 0xBF], [0xC3], [0x80],
    ];

    [Fact]
    public async Task Any_body_gets_an_answer_and_the_connection_stays_usable()
    {
        using TemporaryFolder folder = new();
        await using RunningServer server = await RunningServer.StartAsync(
            [.. TinyServer.Configuration(folder.Path), "--Alignment:Limits:MaxForwardTokens=2000"]);
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1 }) { BaseAddress = new Uri(server.Url) };
        for (int i = 0; i < Bodies; i++)
        {
            (string path, string body) = s_valid[i % s_valid.Length];
            byte[] bytes = i % 5 == 4 ? RandomJson(i) : Mutate(Encoding.UTF8.GetBytes(body), i);
            using var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using HttpResponseMessage response = await client.PostAsync(path, content);
            try
            {
                Assert.NotEqual(true, response.Headers.ConnectionClose);
                if (response.StatusCode != HttpStatusCode.OK)
                {
                    await ErrorShape.OfAsync(response);
                }
            }
            catch (Exception fault)
            {
                string answer = await response.Content.ReadAsStringAsync();
                throw new InvalidOperationException($"round {i}: {answer} for {path} {Convert.ToHexString(bytes)}", fault);
            }
        }

        Assert.True(server.Log.Lines.IsEmpty, string.Join("\n", server.Log.Lines.Take(3)));
        await server.PostAsync(s_valid[0].Path, s_valid[0].Body);
    }

    [Fact]
    public async Task Any_head_gets_an_answer_or_none()
    {
        using TemporaryFolder folder = new();
        await using RunningServer server = await RunningServer.StartAsync(TinyServer.Configuration(folder.Path));
        byte[] valid = Encoding.ASCII.GetBytes(
            "POST /tokenize HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nX-Request-Id: a\r\n"
            + "Content-Length: 32\r\n\r\n"
            + """{"model": "tiny", "prompt": "ab"}""");
        for (int i = 0; i < Heads; i++)
        {
            byte[] bytes = Mutate(valid, i);
            RawAnswer answer = await RawAnswer.ToAsync(server.Url, bytes, s_patience);
            bool isNone = answer.IsEmpty || answer.Bytes[0] == 0; // nothing, or HTTP/2's refusal
            bool isOurs = (int)answer.Status is >= 200 and < 500 or 505 && answer.Header("x-request-id") is { Length: > 0 };
            Assert.True(isNone || isOurs, $"round {i}: {answer.Head} for {Convert.ToHexString(bytes)}");
        }

        Assert.True(server.Log.Lines.IsEmpty, string.Join("\n", server.Log.Lines.Take(3)));
        await server.PostAsync(s_valid[0].Path, s_valid[0].Body);
    }

    /// <summary>A few edits: a bit flipped, a range removed, a range repeated, a piece of another language put in.</summary>
    private static byte[] Mutate(byte[] valid, int round)
    {
        List<byte> bytes = [.. valid];
        for (int edit = 0; edit <= Draw(round, 0, MaxEdits) && bytes.Count > 0; edit++)
        {
            int at = Draw(round, (10 * edit) + 1, bytes.Count);
            int length = Math.Min(Draw(round, (10 * edit) + 2, 12), bytes.Count - at);
            switch (Draw(round, (10 * edit) + 3, 5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << Draw(round, (10 * edit) + 4, 8));
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, [.. bytes.GetRange(at, length)]);
                    break;
                default:
                    bytes.InsertRange(at, s_pieces[Draw(round, (10 * edit) + 5, s_pieces.Length)]);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>A value of any kind, its names taken from the contracts.</summary>
    private static byte[] RandomJson(int round)
    {
        string[] names = [.. "model messages prompt tokens alignment guidance search stop n role content seed stream x".Split(' ')];
        int drawn = 0;
        var text = new StringBuilder();
        Append(0);
        return Encoding.UTF8.GetBytes(text.ToString());

        void Append(int depth)
        {
            int kind = depth == 0 ? 5 : Next(depth > 5 ? 5 : 7);
            int count = Next(5);
            text.Append(((string[])["null", "true", $"{Next(100) - 50}", "\"tiny\"", "1.5e3", "{", "["])[kind]);
            for (int i = 0; kind >= 5 && i < count; i++)
            {
                text.Append(i > 0 ? "," : "").Append(kind == 5 ? $"\"{names[(Next(names.Length) + i) % names.Length]}\":" : "");
                Append(depth + 1);
            }

            text.Append(kind switch { 5 => "}", 6 => "]", _ => "" });
        }

        int Next(int count) => Draw(round, 1000 + drawn++, count);
    }

    private static int Draw(int round, int place, int count) => (int)(Philox.Uniform(9, (ulong)round, (ulong)place) * count);
}
